# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""``monai_skin calibrate VALIDATION --out FILE``."""

from __future__ import annotations

import argparse
import sys

from monai_skin.cli.predict import DISCLAIMER

__all__ = ["configure"]


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``calibrate``."""
    parser.epilog = f"{DISCLAIMER} Give it predictions of validation images, never of those that are to be judged."
    parser.add_argument("validation", metavar="CSV", help="predictions of images whose truth is known")
    parser.add_argument("--truth", metavar="CSV", help="image_id or image, with dx or one column of 0 and 1 a class")
    parser.add_argument("--out", required=True, metavar="FILE", help="the calibration file to write, in JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Fit a temperature, write it, and say what it changes."""
    from monai_skin.evaluation import calibrated, fit_temperature, read_predictions, read_truth, write_calibration
    from monai_skin.metrics import expected_calibration_error, negative_log_likelihood
    from monai_skin.transforms import Calibration

    truth = None if arguments.truth is None else read_truth(arguments.truth)
    found = read_predictions(arguments.validation, truth=truth)
    temperature = fit_temperature(found.truth, found.probabilities)
    write_calibration(arguments.out, Calibration(temperature, found.classes, found.name, len(found.image_ids)))
    print(f"temperature {temperature:.4f} from {len(found.image_ids)} images, written to {arguments.out}")
    after = calibrated(found.probabilities, temperature)
    for name, score in (("NLL", negative_log_likelihood), ("ECE", expected_calibration_error)):
        before, now = score(found.truth, found.probabilities), score(found.truth, after)
        print(f"{name} on these images {before:.4f} before, {now:.4f} after")
    _warn_of_an_end(temperature)
    print(DISCLAIMER)
    return 0


def _warn_of_an_end(temperature: float) -> None:
    from monai_skin.evaluation import TEMPERATURES

    low, high = TEMPERATURES
    if not low * 1.01 < temperature < high / 1.01:
        text = f"the temperature is at the end of what is looked at, {low:g} to {high:g}; these images do not settle it"
        print(f"monai_skin calibrate: warning: {text}", file=sys.stderr)
