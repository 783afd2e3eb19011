# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""``monai_skin bundle check DIR...`` and ``monai_skin bundle card DIR``."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict

__all__ = ["configure"]


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``bundle``."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="action")
    check = actions.add_parser("check", help="list everything unsafe or broken, running nothing of the bundle")
    check.add_argument("bundles", nargs="+", metavar="DIR", help="a bundle's root folder")
    check.add_argument("--json", action="store_true", help="print the findings as JSON")
    check.set_defaults(run=run_check)
    card = actions.add_parser("card", help="write a model card from a bundle and what an evaluation found")
    card.add_argument("bundle", metavar="DIR", help="the bundle's root folder")
    card.add_argument("--metrics", required=True, metavar="JSON", help="metrics.json of the command evaluate")
    card.add_argument("--out", metavar="FILE", help="Markdown file to write (default: print it)")
    card.set_defaults(run=run_card)


def run_check(arguments: argparse.Namespace) -> int:
    """Check each bundle; the exit code is 4 if one is unsafe, else 3 if one is invalid."""
    from monai_skin.pipeline import check_bundle

    reports = [check_bundle(folder) for folder in arguments.bundles]
    if arguments.json:
        print(
            json.dumps({report.name: [asdict(finding) for finding in report.findings] for report in reports}, indent=2)
        )
    for report in reports:
        for finding in report.findings:
            print(f"{finding.severity}: {report.name}: {finding}", file=sys.stderr)
        if not arguments.json:
            verdict = {0: "can be used", 3: "is invalid", 4: "is unsafe"}[report.exit_code]
            print(f"{report.name}: {verdict}, {len(report.findings)} findings")
    return max(report.exit_code for report in reports)


def run_card(arguments: argparse.Namespace) -> int:
    """Print the card, or write it."""
    from monai_skin.io import atomic_write
    from monai_skin.pipeline import write_model_card

    text = write_model_card(arguments.bundle, arguments.metrics)
    if arguments.out is None:
        print(text)
    else:
        atomic_write(arguments.out, text.encode())
        print(f"wrote {arguments.out}")
    return 0
