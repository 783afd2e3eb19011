# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""``monai_skin compare PREDICTIONS...``."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from monai_skin.cli.predict import DISCLAIMER
from monai_skin.errors import UsageError

if TYPE_CHECKING:
    from monai_skin.evaluation import Comparison, Predictions

__all__ = ["configure"]


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``compare``."""
    parser.epilog = f"{DISCLAIMER} Intervals are from resampling lesions, so tables should have a column lesion_id."
    parser.add_argument("predictions", nargs="+", metavar="CSV", help="one table of predictions a model")
    parser.add_argument("--names", nargs="+", metavar="NAME", help="of the models (default: of their files or folders)")
    parser.add_argument("--truth", metavar="CSV", help="image_id or image, with dx or one column of 0 and 1 a class")
    parser.add_argument("--reference", metavar="NAME", help="compare with this model (default: the first)")
    parser.add_argument(
        "--validation", nargs="+", default=[], metavar="CSV", help="a table a model, to fit its temperature"
    )
    parser.add_argument("--resamples", type=int, default=2000, metavar="N", help="of lesions (default: 2000)")
    parser.add_argument("--seed", type=int, default=0, help="of the resampling (default: 0)")
    parser.add_argument("--out", metavar="DIR", help="also write results.json, results.csv and results.md there")
    parser.add_argument("--json", action="store_true", help="print the results as JSON, without a progress bar")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Score, compare, print, and write if asked to."""
    if arguments.resamples < 1:
        raise UsageError(f"--resamples is {arguments.resamples}; expected 1 or more")
    if arguments.seed < 0:
        raise UsageError(f"--seed is {arguments.seed}; expected 0 or more")
    if arguments.names and len(arguments.names) != len(arguments.predictions):
        problem = f"--names gives {len(arguments.names)} for {len(arguments.predictions)} tables"
        raise UsageError(f"{problem}; expected one each")
    from monai_skin.evaluation import compare_models, to_json, to_markdown, write_results

    models, validation = _read(arguments)
    comparison: Comparison = compare_models(
        models,
        validation=validation,
        reference=arguments.reference,
        resamples=arguments.resamples,
        seed=arguments.seed,
        progress=not arguments.json,
    )
    if arguments.out is not None:
        write_results(arguments.out, comparison)
    if arguments.json:
        print(json.dumps(to_json(comparison), indent=2))
    else:
        print(to_markdown(comparison))
        print(DISCLAIMER)
    return 0


def _read(arguments: argparse.Namespace) -> tuple[list[Predictions], list[Predictions]]:
    from monai_skin.evaluation import read_predictions, read_truth

    truth = None if arguments.truth is None else read_truth(arguments.truth)
    names = arguments.names or [None] * len(arguments.predictions)
    models = [
        read_predictions(path, name=name, truth=truth) for path, name in zip(arguments.predictions, names, strict=True)
    ]
    return models, [read_predictions(path, truth=truth) for path in arguments.validation]
