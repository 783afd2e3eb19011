# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""``monai_skin predict INPUT... --out DIR``."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from monai_skin.errors import ItemsSetAsideError, UsageError

if TYPE_CHECKING:
    from monai_skin.pipeline import SegmentationRun

__all__ = ["configure"]

BUNDLE = "lesion_segmentation"
DISCLAIMER = "Research use only. Not for diagnosis."
REASONS_SHOWN = 5


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``predict``."""
    parser.epilog = f"{DISCLAIMER} Exit code 6 means that some inputs were rejected; rejected.csv says why."
    parser.add_argument(
        "inputs", nargs="+", metavar="INPUT", help="picture, folder, pattern, or CSV with a column image"
    )
    parser.add_argument("--out", required=True, metavar="DIR", help="folder for masks, overlays, tables and the report")
    parser.add_argument("--bundle", metavar="DIR", help="the bundle's root; by default the one of this package")
    parser.add_argument("--device", help="cpu, cuda or cuda:<number>; by default a GPU if there is one")
    parser.add_argument("--batch-size", type=int, metavar="N", help="pictures at a time")
    parser.add_argument("--overwrite", action="store_true", help="replace earlier results in DIR")
    parser.add_argument("--json", action="store_true", help="print the results as JSON")
    parser.add_argument("--quiet", action="store_true", help="print no summary and no progress bar")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Outline the lesions and say how it went."""
    if arguments.batch_size is not None and arguments.batch_size < 1:
        raise UsageError(f"--batch-size is {arguments.batch_size}; expected 1 or more")
    from monai_skin.data import list_images
    from monai_skin.pipeline import find_bundle, segment

    done = segment(
        list_images(arguments.inputs),
        arguments.out,
        bundle_root=find_bundle(BUNDLE, arguments.bundle),
        device=arguments.device,
        batch_size=arguments.batch_size,
        progress=not (arguments.quiet or arguments.json),
        overwrite=arguments.overwrite,
    )
    if arguments.json:
        print(json.dumps({"note": DISCLAIMER, "rows": done.rows, "rejected": done.rejected}, indent=2))
    elif not arguments.quiet:
        _summarise(done)
    _name_rejected(done)
    return ItemsSetAsideError.exit_code if done.rejected else 0


def _summarise(done: SegmentationRun) -> None:
    doubtful = sum(row["mask_ok"] != "true" for row in done.rows)
    print(f"{len(done.rows)} outlined, {doubtful} of them doubtful, {len(done.rejected)} rejected")
    print(f"Look at {done.folder / 'report.html'}; the numbers are in {done.folder / 'predictions.csv'}.")
    print(DISCLAIMER)


def _name_rejected(done: SegmentationRun) -> None:
    for row in done.rejected[:REASONS_SHOWN]:
        print(f"rejected: {row['reason']}", file=sys.stderr)
    if len(done.rejected) > REASONS_SHOWN:
        print(f"rejected: {len(done.rejected) - REASONS_SHOWN} more, see rejected.csv", file=sys.stderr)
