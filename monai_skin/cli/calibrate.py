# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""``monai_skin calibrate VALIDATION --out FILE``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from monai_skin.cli.predict import DISCLAIMER
from monai_skin.errors import UsageError

if TYPE_CHECKING:
    from monai_skin.evaluation import ConformalSets, Predictions
    from monai_skin.transforms import Calibration

__all__ = ["configure"]

ALPHA = 0.1


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``calibrate``."""
    parser.epilog = f"{DISCLAIMER} Give it predictions of validation images, never of those that are to be judged."
    parser.add_argument("validation", metavar="CSV", help="predictions of images whose truth is known")
    parser.add_argument("--truth", metavar="CSV", help="image_id or image, with dx or one column of 0 and 1 a class")
    parser.add_argument("--out", required=True, metavar="FILE", help="the calibration file to write, in JSON")
    parser.add_argument(
        "--method",
        choices=("temperature", "vector", "isotonic"),
        default="temperature",
        help="one number, a scale and a bias a class, or a curve a class, which needs many images of each "
        "(default: temperature)",
    )
    parser.add_argument("--check", metavar="CSV", help="predictions of other images with truth, to judge the result on")
    sets = parser.add_argument_group("sets of classes that hold the true one as often as asked for (conformal)")
    sets.add_argument(
        "--conformal-out", metavar="FILE", help="the file of thresholds to write, for probabilities not calibrated"
    )
    sets.add_argument(
        "--conformal-alpha", type=float, metavar="A", help=f"share of images whose set may miss (default: {ALPHA:g})"
    )
    sets.add_argument(
        "--conformal-score",
        choices=("lac", "aps"),
        help="small sets, or sets that grow with doubt (default: lac)",
    )
    sets.add_argument(
        "--conformal-by-class", action="store_true", help="keep the promise for each class, not on the whole only"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Fit, write, and say what it changes."""
    _refuse_wrong_words(arguments)
    from monai_skin.evaluation import (
        fit_calibration,
        read_predictions,
        read_truth,
        refuse_overlap,
        write_calibration,
        write_conformal,
    )

    truth = None if arguments.truth is None else read_truth(arguments.truth)
    fitted = read_predictions(arguments.validation, truth=truth)
    others = None if arguments.check is None else read_predictions(arguments.check, truth=truth)
    if others is not None:
        refuse_overlap(others, fitted)
    calibration = fit_calibration(fitted, arguments.method)
    conformal = None if arguments.conformal_out is None else _fit_sets(fitted, arguments)
    write_calibration(arguments.out, calibration)
    print(f"{_named(calibration)} from {len(fitted.image_ids)} images, written to {arguments.out}")
    _print_change(fitted, calibration, "these images")
    if others is not None:
        _print_change(others, calibration, f"{len(others.image_ids)} other images")
    if conformal is not None:
        write_conformal(arguments.conformal_out, conformal)
        text = f"sets that miss {conformal.alpha:.4g} of images from {conformal.images} images"
        print(f"{text}, written to {arguments.conformal_out}; for probabilities not calibrated")
        if others is not None:
            _print_coverage(others, conformal)
    _warn(fitted, calibration, conformal)
    print(DISCLAIMER)
    return 0


def _refuse_wrong_words(arguments: argparse.Namespace) -> None:
    alpha, out = arguments.conformal_alpha, arguments.conformal_out
    if alpha is not None and not 0 < alpha < 1:
        raise UsageError(f"--conformal-alpha is {alpha:g}; expected a number between 0 and 1")
    given = [name for name in ("alpha", "score", "by_class") if getattr(arguments, f"conformal_{name}")]
    if given and out is None:
        raise UsageError(f"--conformal-{given[0].replace('_', '-')} is given; expected it with --conformal-out only")
    if out is not None and Path(out).resolve() == Path(arguments.out).resolve():
        raise UsageError(f"--out and --conformal-out are both {Path(out).name}; expected two files")


def _fit_sets(fitted: Predictions, arguments: argparse.Namespace) -> ConformalSets:
    from monai_skin.evaluation import ConformalSets, fit_conformal

    alpha = ALPHA if arguments.conformal_alpha is None else arguments.conformal_alpha
    score, by_class = arguments.conformal_score or "lac", arguments.conformal_by_class
    thresholds = fit_conformal(fitted.truth, fitted.probabilities, alpha, score, by_class)
    return ConformalSets(
        score=score,
        alpha=alpha,
        by_class=by_class,
        thresholds=tuple(thresholds.tolist()),
        classes=fitted.classes,
        fitted_on=fitted.name,
        images=len(fitted.image_ids),
    )


def _named(calibration: Calibration) -> str:
    from monai_skin.transforms.calibration import TemperatureCalibration

    if isinstance(calibration, TemperatureCalibration):
        return f"temperature {calibration.temperature:.4f}"
    return "scales and biases" if calibration.kind == "vector" else "isotonic curves"


def _print_change(found: Predictions, calibration: Calibration, where: str) -> None:
    from monai_skin.evaluation import calibrated
    from monai_skin.metrics import balanced_accuracy, expected_calibration_error, negative_log_likelihood

    after = calibrated(found.probabilities, calibration)
    for name, score in (("NLL", negative_log_likelihood), ("ECE", expected_calibration_error)):
        before, now = score(found.truth, found.probabilities), score(found.truth, after)
        print(f"{name} on {where} {before:.4f} before, {now:.4f} after")
    turned = float((found.probabilities.argmax(axis=1) != after.argmax(axis=1)).mean())
    if turned:
        before, now = (balanced_accuracy(found.truth, each) for each in (found.probabilities, after))
        change = f"balanced accuracy {before:.4f} before, {now:.4f} after"
        print(f"another class comes first in {turned:.1%} of {where}, {change}")


def _print_coverage(found: Predictions, conformal: ConformalSets) -> None:
    from monai_skin.evaluation import coverage_report

    report = coverage_report(found.truth, conformal.sets(found.probabilities), found.lesion_ids)
    print(f"coverage of {len(found.image_ids)} other images {report.coverage}")
    for code, share, images in zip(conformal.classes, report.by_class, report.images, strict=True):
        print(f"  {code}: {'no image' if share is None else f'{share} of {images}'}")
    sizes = f"{report.mean_size:.2f} classes a set, {report.singletons:.1%} of the sets have one"
    print(f"{sizes}, {report.empty:.1%} have none")


def _warn(fitted: Predictions, calibration: Calibration, conformal: ConformalSets | None) -> None:
    from monai_skin.evaluation import TEMPERATURES
    from monai_skin.transforms.calibration import TemperatureCalibration

    warnings, (low, high) = [], TEMPERATURES
    if isinstance(calibration, TemperatureCalibration):
        if not low * 1.01 < calibration.temperature < high / 1.01:
            end = f"the temperature is at the end of what is looked at, {low:g} to {high:g}"
            warnings.append(f"{end}; these images do not settle it")
    elif absent := [code for index, code in enumerate(fitted.classes) if index not in fitted.truth]:
        warnings.append(f"no image of {', '.join(absent)}; these images do not settle how probable it is")
    if conformal is not None and conformal.in_every_set:
        codes = ", ".join(conformal.in_every_set)
        warnings.append(f"too few images for a threshold of {codes}, which is in every set")
    for text in warnings:
        print(f"monai_skin calibrate: warning: {text}", file=sys.stderr)
