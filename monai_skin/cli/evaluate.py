# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""``monai_skin evaluate PREDICTIONS --out DIR``."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from monai_skin.cli.predict import DISCLAIMER
from monai_skin.errors import UsageError

__all__ = ["configure"]

REPORT = "report.html"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``evaluate``."""
    parser.epilog = f"{DISCLAIMER} Intervals are from resampling lesions, so a table should have a column lesion_id."
    parser.add_argument("predictions", metavar="CSV", help="predictions.csv, or a submission to an ISIC challenge")
    parser.add_argument("--truth", metavar="CSV", help="image_id or image, with dx or one column of 0 and 1 a class")
    parser.add_argument("--out", required=True, metavar="DIR", help="folder for metrics.json, tables and report.html")
    parser.add_argument("--name", help="of the model (default: of its file or folder)")
    parser.add_argument("--validation", metavar="CSV", help="its predictions of other images, to fit a temperature")
    parser.add_argument("--people", metavar="CSV", help="age, sex, site, fitzpatrick or patient_id of each image_id")
    parser.add_argument(
        "--groups",
        nargs="+",
        default=["sex", "age"],
        metavar="ATTRIBUTE",
        help="by which to look at groups of people, joined by + where they meet (default: sex age)",
    )
    parser.add_argument("--resamples", type=int, default=2000, metavar="N", help="of lesions (default: 2000)")
    parser.add_argument("--seed", type=int, default=0, help="of the resampling (default: 0)")
    parser.add_argument(
        "--specificity", type=float, default=0.95, help="at which to read off sensitivities (default: 0.95)"
    )
    parser.add_argument(
        "--sensitivity", type=float, default=0.95, help="at which to read off specificities (default: 0.95)"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace the results of an earlier run")
    parser.add_argument("--json", action="store_true", help="print metrics.json, without a progress bar")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Score, write, and print the headline."""
    folder = Path(arguments.out)
    if (folder / "metrics.json").exists() and not arguments.overwrite:
        expected = "a new folder, or --overwrite"
        raise UsageError.about(folder.name, "output folder", "holds metrics.json already", expected=expected)
    if arguments.seed < 0:
        raise UsageError(f"--seed is {arguments.seed}; expected 0 or more")
    from monai_skin.evaluation import (
        error_detection,
        evaluate_model,
        evaluation_to_json,
        read_people,
        read_predictions,
        read_truth,
        render_evaluation,
        subgroup_report,
        write_evaluation,
    )
    from monai_skin.io import atomic_write

    truth = None if arguments.truth is None else read_truth(arguments.truth)
    model = read_predictions(arguments.predictions, name=arguments.name, truth=truth)
    validation = None if arguments.validation is None else read_predictions(arguments.validation, truth=truth)
    people = None if arguments.people is None else read_people(arguments.people)
    found = evaluate_model(
        model,
        validation=validation,
        resamples=arguments.resamples,
        seed=arguments.seed,
        specificity=arguments.specificity,
        sensitivity=arguments.sensitivity,
        progress=not arguments.json,
    )
    uncertainty = error_detection(
        model, _measures(arguments.predictions), resamples=arguments.resamples, seed=arguments.seed
    )
    groups = None
    if people is not None:
        groups = subgroup_report(
            model,
            people,
            arguments.groups,
            resamples=arguments.resamples,
            seed=arguments.seed,
            progress=not arguments.json,
        )
    write_evaluation(folder, found, groups, uncertainty)
    page = render_evaluation(found, sources=_sources(arguments), subgroups=groups)
    atomic_write(folder / REPORT, page.encode())
    if arguments.json:
        print(json.dumps(evaluation_to_json(found, groups, uncertainty), indent=2))
        return 0
    for score in ("balanced_accuracy", "macro_f1", "macro_auc", "malignant_auc", "expected_calibration_error"):
        if score in found.scores:
            print(f"{score.replace('_', ' ')} {found.scores[score].estimate}")
    print(f"a wrong answer has the higher entropy in {uncertainty['entropy'].error_auroc} of pairs")
    if found.absent:
        print(f"no image is of class {', '.join(found.absent)}; macro scores are means over the others")
    print(f"wrote {folder / REPORT}, metrics.json and tables")
    print(DISCLAIMER)
    return 0


def _measures(predictions: str) -> Mapping[str, Any]:
    """Measures of uncertainty that the table holds beside what follows from its probabilities."""
    from monai_skin.evaluation import MEASURES, read_measures
    from monai_skin.io import read_table

    further = MEASURES.keys() - {"probability", "entropy"}
    if not further & set(read_table(predictions)[0]):
        return {}
    return {name: values for name, values in read_measures(predictions).values.items() if name in further}


def _sources(arguments: argparse.Namespace) -> dict[str, str]:
    """What was read, by name and digest."""
    from monai_skin.io import sha256_of

    read = {
        "Predictions": arguments.predictions,
        "Truth": arguments.truth,
        "Validation": arguments.validation,
        "People": arguments.people,
    }
    return {word: f"{Path(path).name}, SHA-256 {sha256_of(Path(path))}" for word, path in read.items() if path}
