# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""``monai_skin ensemble PREDICTIONS... --out FILE``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from monai_skin.cli.predict import DISCLAIMER
from monai_skin.errors import UsageError

if TYPE_CHECKING:
    from monai_skin.evaluation import Predictions

__all__ = ["configure"]


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``ensemble``."""
    kept = "a column dx or lesion_id is kept, and member_spread says how far apart the members are"
    parser.epilog = f"{DISCLAIMER} The tables must be of the same images; {kept}."
    parser.add_argument("predictions", nargs="+", metavar="CSV", help="one table of predictions a member, two or more")
    parser.add_argument(
        "--method",
        choices=("mean", "logits", "weighted", "rank"),
        default="mean",
        help="mean of probabilities, of logits, of probabilities with fitted weights, or of ranks (default: mean)",
    )
    parser.add_argument(
        "--validation", nargs="+", default=[], metavar="CSV", help="a table a member, to fit the weights of weighted"
    )
    parser.add_argument("--out", required=True, metavar="FILE", help="the table to write")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Read the members, pool them and write one table."""
    if len(arguments.predictions) < 2:
        raise UsageError("one table of predictions is given; expected two or more")
    if (arguments.method == "weighted") != bool(arguments.validation):
        needed = "with" if arguments.method == "weighted" else "without"
        raise UsageError(f"--method is {arguments.method} {_given(arguments.validation)}; expected it {needed} it")
    if arguments.validation and len(arguments.validation) != len(arguments.predictions):
        problem = f"--validation gives {len(arguments.validation)} tables for {len(arguments.predictions)} members"
        raise UsageError(f"{problem}; expected one each")
    import numpy as np

    from monai_skin.evaluation import (
        align,
        mean_of_logits,
        mean_of_probabilities,
        mean_of_ranks,
        read_predictions,
        write_predictions,
    )
    from monai_skin.metrics import mutual_information

    members = align([read_predictions(path, need_truth=False) for path in arguments.predictions])
    stack = np.stack([member.probabilities for member in members])
    if arguments.method == "weighted":
        weights = _weights(arguments.validation, members)
        pooled = mean_of_probabilities(stack, weights)
        print("weights:", ", ".join(f"{one.name} {weight:.3f}" for one, weight in zip(members, weights, strict=True)))
    else:
        pooled = {"mean": mean_of_probabilities, "logits": mean_of_logits, "rank": mean_of_ranks}[arguments.method](
            stack
        )
    write_predictions(arguments.out, members[0].having(pooled), {"member_spread": mutual_information(stack)})
    print(f"{len(members)} members, {len(pooled)} images, written to {arguments.out}")
    print(DISCLAIMER)
    return 0


def _given(validation: list[str]) -> str:
    return "with --validation" if validation else "without --validation"


def _weights(paths: list[str], members: list[Predictions]) -> list[float]:
    import numpy as np

    from monai_skin.evaluation import align, fit_weights, read_predictions, refuse_overlap

    validation = align([read_predictions(path) for path in paths])
    refuse_overlap(members[0], validation[0])
    return list(fit_weights(validation[0].truth, np.stack([one.probabilities for one in validation])).tolist())
