# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""``monai_skin familiarity fit DATA --out FILE`` and ``monai_skin familiarity check FAMILIAR UNFAMILIAR...``."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from monai_skin.cli.predict import DIAGNOSIS, DISCLAIMER
from monai_skin.errors import UsageError

__all__ = ["configure"]


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``familiarity``."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="action")
    fit = actions.add_parser(
        "fit", help="learn where the features of a bundle's training pictures lie", epilog=DISCLAIMER
    )
    fit.add_argument("data", metavar="DIR", help="the data set the bundle was trained on, split as it was then")
    fit.add_argument("--out", required=True, metavar="FILE", help="the file to write, in safetensors")
    fit.add_argument("--bundle", metavar="DIR", help="root of the bundle that classifies; by default this package's")
    fit.add_argument("--masks", metavar="DIR", help="lesion masks, <image_id>.png, in place of the data set's own")
    fit.add_argument("--layer", metavar="NAME", help="whose output are the features (default: the bundle's last one)")
    fit.add_argument(
        "--training-images", type=int, default=2000, metavar="N", help="at most so many of them (default: 2000)"
    )
    fit.add_argument(
        "--share", type=float, default=0.05, help="of validation pictures to flag, the most unusual (default: 0.05)"
    )
    fit.add_argument("--device", help="cpu, cuda or cuda:<number>; by default a GPU if there is one")
    fit.add_argument("--batch-size", type=int, metavar="N", help="pictures at a time")
    fit.add_argument("--overwrite", action="store_true", help="replace FILE")
    fit.add_argument("--quiet", action="store_true", help="print no summary and no progress bar")
    fit.set_defaults(run=run_fit)
    check = actions.add_parser(
        "check",
        help="tell how well the measures of predictions.csv keep two kinds of pictures apart",
        epilog=f"{DISCLAIMER} Intervals are from resampling lesions, where a table names them, or pictures.",
    )
    check.add_argument("familiar", metavar="CSV", help="predictions.csv of pictures like those of training")
    check.add_argument("unfamiliar", nargs="+", metavar="CSV", help="predictions.csv of others, one a kind")
    check.add_argument("--resamples", type=int, default=2000, metavar="N", help="for the intervals (default: 2000)")
    check.add_argument("--seed", type=int, default=0, help="of the resampling (default: 0)")
    check.add_argument("--json", action="store_true", help="print JSON in place of a table")
    check.set_defaults(run=run_check)


def run_fit(arguments: argparse.Namespace) -> int:
    """Run the bundle on training and validation pictures and write what was learnt."""
    for name in ("training_images", "batch_size"):
        value = getattr(arguments, name)
        if value is not None and value < 1:
            raise UsageError(f"--{name.replace('_', '-')} is {value}; expected 1 or more")
    if Path(arguments.out).exists() and not arguments.overwrite:
        raise UsageError.about(Path(arguments.out).name, "file", "is there", expected="a new one, or --overwrite")
    from monai_skin.data import load_datalist
    from monai_skin.metrics import write_familiarity
    from monai_skin.pipeline import find_bundle, fit_familiarity

    root = find_bundle(DIAGNOSIS, arguments.bundle)
    training = load_datalist(arguments.data, "training", limit=arguments.training_images, masks_dir=arguments.masks)
    found = fit_familiarity(
        training,
        load_datalist(arguments.data, "validation", masks_dir=arguments.masks),
        bundle_root=root,
        fitted_on=Path(arguments.data).absolute().name,
        layer=arguments.layer,
        share=arguments.share,
        device=arguments.device,
        batch_size=arguments.batch_size,
        progress=not arguments.quiet,
    )
    write_familiarity(arguments.out, found)
    if not arguments.quiet:
        features = f"{len(found.gaussians.whitening)} features of {found.layer}"
        print(f"{features}, {found.training_images} training pictures, written to {arguments.out}")
        beyond = f"{found.share:.4g} of {found.validation_images} validation pictures lie beyond it"
        print(f"a picture is flagged from a distance of {found.threshold:.4g} on; {beyond}")
        print(DISCLAIMER)
    return 0


def run_check(arguments: argparse.Namespace) -> int:
    """Print areas under the curve and how many unfamiliar pictures pass."""
    from monai_skin.evaluation import compare_familiarity, familiarity_table, read_measures

    familiar = read_measures(arguments.familiar)
    found = [
        compare_familiarity(familiar, read_measures(path), resamples=arguments.resamples, seed=arguments.seed)
        for path in arguments.unfamiliar
    ]
    if arguments.json:
        print(json.dumps({"note": DISCLAIMER, "comparisons": [one.as_json() for one in found]}, indent=2))
    else:
        print("\n".join(familiarity_table(found)))
        print(DISCLAIMER)
    return 0
