# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""``monai_skin explain INPUT... --out DIR``."""

from __future__ import annotations

import argparse
import statistics
from typing import TYPE_CHECKING

from monai_skin.cli.predict import DIAGNOSIS, DISCLAIMER, add_person, name_rejected
from monai_skin.errors import ItemsSetAsideError, UsageError

if TYPE_CHECKING:
    from monai_skin.pipeline import Explanations

__all__ = ["configure"]

WARNING = "A heat map shows where the network was sensitive, not whether it was right."


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``explain``."""
    parser.epilog = f"{DISCLAIMER} {WARNING} Exit code 6 means that some inputs were rejected."
    parser.add_argument(
        "inputs", nargs="+", metavar="INPUT", help="picture, folder, pattern, or CSV with a column image"
    )
    parser.add_argument("--out", required=True, metavar="DIR", help="folder for heat maps and explanations.csv")
    parser.add_argument("--bundle", metavar="DIR", help="root of the bundle that classifies; by default this package's")
    parser.add_argument("--masks", metavar="DIR", help="lesion masks, <image_id>.png, for a network with two encoders")
    parser.add_argument(
        "--method",
        choices=("grad_cam_plus_plus", "grad_cam"),
        default="grad_cam_plus_plus",
        help="default: grad_cam_plus_plus",
    )
    parser.add_argument("--class", dest="target", metavar="CODE", help="to explain (default: the most probable one)")
    parser.add_argument(
        "--stream", choices=("image", "segmented"), default="image", help="which encoder's map (default: image)"
    )
    add_person(parser)
    parser.add_argument("--device", help="cpu, cuda or cuda:<number>; by default a GPU if there is one")
    parser.add_argument("--batch-size", type=int, metavar="N", help="pictures at a time")
    parser.add_argument("--overwrite", action="store_true", help="replace earlier results in DIR")
    parser.add_argument("--quiet", action="store_true", help="print no summary and no progress bar")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Draw the maps and say how much of them is on the lesions."""
    if arguments.batch_size is not None and arguments.batch_size < 1:
        raise UsageError(f"--batch-size is {arguments.batch_size}; expected 1 or more")
    from monai_skin.data import list_images
    from monai_skin.pipeline import add_metadata, explain, find_bundle, sites_of

    root = find_bundle(DIAGNOSIS, arguments.bundle)
    items = add_metadata(
        list_images(arguments.inputs, masks_dir=arguments.masks),
        table=arguments.metadata,
        age=arguments.age,
        sex=arguments.sex,
        site=arguments.site,
        sites=sites_of(root),
    )
    done = explain(
        items,
        arguments.out,
        bundle_root=root,
        method=arguments.method,
        target=arguments.target,
        stream=arguments.stream,
        device=arguments.device,
        batch_size=arguments.batch_size,
        progress=not arguments.quiet,
        overwrite=arguments.overwrite,
    )
    if not arguments.quiet:
        _summarise(done)
    name_rejected(done.rejected)
    return ItemsSetAsideError.exit_code if done.rejected else 0


def _summarise(done: Explanations) -> None:
    print(f"{len(done.rows)} explained, {len(done.rejected)} rejected")
    measured = [row for row in done.rows if row["heat_in_lesion"]]
    if measured:
        heat, lesion, hit = (
            statistics.fmean(float(row[name]) for row in measured) for name in ("heat_in_lesion", "lesion", "hit")
        )
        shares = f"{heat:.1%} of the heat on the lesion, which covers {lesion:.1%} of the picture"
        print(f"{len(measured)} with an outline: {shares}; the hottest place on it in {hit:.1%}")
    print(f"Look into {done.folder / 'heat'}; the numbers are in {done.folder / 'explanations.csv'}. {WARNING}")
    print(DISCLAIMER)
