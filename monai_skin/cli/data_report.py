# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""``monai_skin data report DIR --out DIR``."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from monai_skin.cli.predict import DISCLAIMER
from monai_skin.errors import ItemsSetAsideError

__all__ = ["configure", "run"]

MOST_LISTED = 20


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``data report``."""
    parser.epilog = f"{DISCLAIMER} The exit code is 6 if some pictures or rows cannot be used; they are listed."
    parser.add_argument("--kind", help="which data set it is; recognised by its files when left out")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for report.html and report.json")
    parser.add_argument("--overwrite", action="store_true", help="replace an earlier report")
    parser.add_argument(
        "--sample", type=int, default=200, metavar="N", help="pictures for colours and thumbnails (default: 200)"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the sample, and of the split if there is none yet")


def run(arguments: argparse.Namespace) -> int:
    """Write the report and say in a few lines what it says."""
    from monai_skin.pipeline import report_dataset

    done = report_dataset(
        arguments.folder,
        arguments.out,
        kind=arguments.kind,
        seed=arguments.seed,
        sample=arguments.sample,
        overwrite=arguments.overwrite,
    )
    if arguments.json:
        print(json.dumps(done.facts, indent=2))
    else:
        print("\n".join([*_lines(done.facts), f"written to {arguments.out.name}", DISCLAIMER]))
    return ItemsSetAsideError.exit_code if done.set_aside else 0


def _lines(facts: Mapping[str, Any]) -> Iterator[str]:
    known = [field for field in ("images", "lesions", "patients") if facts[field] is not None]
    yield f"{facts['name']}: " + ", ".join(f"{facts[field]} {field}" for field in known)
    yield "classes: " + ", ".join(f"{row['dx']} {row['images']} ({row['share']:.1%})" for row in facts["classes"])
    yield "missing: " + ", ".join(f"{row['field']} {row['images']} ({row['share']:.1%})" for row in facts["missing"])
    yield "sections: " + ", ".join(f"{row['name']} {row['images']}" for row in facts["sections"])
    overlap = facts["overlap"]
    yield "in two sections: " + ", ".join(f"{overlap[kind]} {kind}" for kind in ("lesions", "patients", "images"))
    broken, unusable = [row["reason"] for row in facts["broken"]], facts["unusable_rows"]
    across = sum(len(group["sections"]) > 1 for group in facts["same_bytes"])
    yield f"groups of equal files: {len(facts['same_bytes'])}, of which in two sections: {across}"
    yield f"broken pictures: {len(broken)}; unusable rows: {len(unusable)}"
    aside = [*broken, *unusable]
    yield from (f"  {reason}" for reason in aside[:MOST_LISTED])
    if len(aside) > MOST_LISTED:
        yield f"  and {len(aside) - MOST_LISTED} more, in report.json"
