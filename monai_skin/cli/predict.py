# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""``monai_skin predict INPUT... --out DIR``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from monai_skin.errors import ItemsSetAsideError, UsageError

if TYPE_CHECKING:
    from monai_skin.pipeline import DiagnosisRun, PairRun, SegmentationRun

    Run = SegmentationRun | DiagnosisRun | PairRun

__all__ = ["configure"]

SEGMENTATION, DIAGNOSIS = "lesion_segmentation", "dual_encoder_diagnosis"
PAIR_DIAGNOSIS = "clinical_ultrasound_diagnosis"
DISCLAIMER = "Research use only. Not for diagnosis."
HEAT_WARNING = "A heat map shows where the network was sensitive, not whether it was right."
HEAT_METHODS = (
    *("grad_cam_plus_plus", "grad_cam", "occlusion", "cross_attention", "soft_attention", "rollout"),
    *("local_attention", "global_attention"),
)
REASONS_SHOWN = 5
ALL_FRAMES = "all"
DIAGNOSIS_ONLY = (
    *("metadata", "age", "sex", "site"),
    *("diagnosis_bundle", "calibration", "familiarity", "views", "explain"),
)
NOT_OF_PAIRS = ("metadata", "age", "sex", "site", "bundle", "familiarity", "views", "nifti")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``predict``."""
    parser.epilog = f"{DISCLAIMER} Exit code 6 means that some inputs were rejected; rejected.csv says why."
    parser.add_argument(
        "inputs",
        nargs="+",
        metavar="INPUT",
        help="picture, folder, pattern, or CSV with a column image; for pairs, the table of cases",
    )
    parser.add_argument("--out", required=True, metavar="DIR", help="folder for masks, overlays, tables and the report")
    parser.add_argument(
        "--task",
        choices=("diagnosis", "segmentation", "pairs"),
        default="diagnosis",
        help="outline and classify, outline only, or classify photograph and ultrasound of each case (default: "
        "diagnosis)",
    )
    parser.add_argument("--bundle", metavar="DIR", help="root of the bundle that outlines; by default this package's")
    parser.add_argument("--diagnosis-bundle", metavar="DIR", help="root of the bundle that classifies, likewise")
    parser.add_argument(
        "--calibration",
        metavar="FILE",
        help='calibrate probabilities by this file of "calibrate", not by the bundle\'s; none leaves them as they are',
    )
    parser.add_argument(
        "--familiarity",
        metavar="FILE",
        help='mark unfamiliar pictures by this file of "familiarity fit", not by the bundle\'s; none marks nothing',
    )
    parser.add_argument(
        "--views",
        type=int,
        choices=(1, 4, 8),
        help="show each picture in so many ways and say how far the answers are apart (default: the bundle's, 1)",
    )
    add_explain(parser)
    parser.add_argument(
        "--scan-frame",
        metavar="N",
        help="of ultrasound objects that have several frames, with --task pairs: one of them, from 1, or all",
    )
    add_person(parser)
    add_nifti(parser)
    parser.add_argument("--device", help="cpu, cuda or cuda:<number>; by default a GPU if there is one")
    parser.add_argument("--batch-size", type=int, metavar="N", help="pictures at a time")
    parser.add_argument("--overwrite", action="store_true", help="replace earlier results in DIR")
    parser.add_argument("--json", action="store_true", help="print the results as JSON")
    parser.add_argument("--quiet", action="store_true", help="print no summary and no progress bar")
    parser.set_defaults(run=run)


def add_explain(parser: argparse.ArgumentParser) -> None:
    """Add the option that explains in the same run."""
    parser.add_argument(
        "--explain",
        nargs="?",
        const=HEAT_METHODS[0],
        choices=HEAT_METHODS,
        help=f"also draw a heat map of each picture, and say what age, sex and site did (default: {HEAT_METHODS[0]})",
    )


def add_person(parser: argparse.ArgumentParser) -> None:
    """Add what may be said of the person in the pictures."""
    person = parser.add_argument_group("what is known of the person; all of it may be missing")
    person.add_argument(
        "--metadata", metavar="CSV", help="a row a picture: image_id, image or file, and any of age, sex, site"
    )
    person.add_argument("--age", metavar="YEARS", help="0 to 120, for every picture")
    person.add_argument("--sex", default="", help="female or male, for every picture")
    person.add_argument("--site", default="", help='place on the body, such as "back", for every picture')


def add_nifti(parser: argparse.ArgumentParser) -> None:
    """Add the switch that writes outlines as NIfTI."""
    parser.add_argument("--nifti", action="store_true", help="also write each outline as NIfTI into DIR/nifti")


def run(arguments: argparse.Namespace) -> int:
    """Outline the lesions, classify them if asked to, and say how it went."""
    if arguments.batch_size is not None and arguments.batch_size < 1:
        raise UsageError(f"--batch-size is {arguments.batch_size}; expected 1 or more")
    if arguments.scan_frame is not None and arguments.task != "pairs":
        raise UsageError("--scan-frame is given; expected it with --task pairs only")
    items, done = TASKS[arguments.task](arguments)
    without_nifti = write_nifti(done, items) if arguments.nifti else 0  # type: ignore[arg-type]  # pairs refuse it
    if arguments.json:
        print(json.dumps({"note": DISCLAIMER, **_results(done), "rejected": done.rejected}, indent=2))
    elif not arguments.quiet:
        _summarise(done, arguments.task)
    name_rejected(done.rejected)
    return ItemsSetAsideError.exit_code if done.rejected or without_nifti else 0


def write_nifti(done: SegmentationRun | DiagnosisRun, items: Sequence[Mapping[str, Any]]) -> int:
    """Write outlines as NIfTI, say on the error stream which could not be, and return how many."""
    from monai_skin.pipeline import write_nifti_results

    skipped = write_nifti_results(done, items).skipped
    for _, reason in skipped:
        print(f"no NIfTI: {reason}", file=sys.stderr)
    return len(skipped)


def _segment(arguments: argparse.Namespace) -> tuple[list[dict[str, Any]], SegmentationRun]:
    from monai_skin.data import list_images
    from monai_skin.pipeline import find_bundle, segment

    given = [name for name in DIAGNOSIS_ONLY if getattr(arguments, name)]
    if given:
        raise UsageError(f"--{given[0].replace('_', '-')} is given; expected it with --task diagnosis only")
    root = find_bundle(SEGMENTATION, arguments.bundle)
    items: list[dict[str, Any]] = list_images(arguments.inputs)
    return items, segment(items, arguments.out, bundle_root=root, **_options(arguments))


def _diagnose(arguments: argparse.Namespace) -> tuple[list[dict[str, Any]], DiagnosisRun]:
    from monai_skin.data import list_images
    from monai_skin.pipeline import add_metadata, diagnose, find_bundle, sites_of

    outlining, classifying = (
        find_bundle(name, given)
        for name, given in ((SEGMENTATION, arguments.bundle), (DIAGNOSIS, arguments.diagnosis_bundle))
    )
    items = add_metadata(
        list_images(arguments.inputs),
        table=arguments.metadata,
        age=arguments.age,
        sex=arguments.sex,
        site=arguments.site,
        sites=sites_of(classifying),
    )
    return items, diagnose(
        items,
        arguments.out,
        segmentation_root=outlining,
        diagnosis_root=classifying,
        calibration=arguments.calibration,
        familiarity=arguments.familiarity,
        views=arguments.views,
        explain=arguments.explain,
        **_options(arguments),
    )


def _diagnose_pairs(arguments: argparse.Namespace) -> tuple[list[dict[str, Any]], PairRun]:
    from monai_skin.data import list_pairs
    from monai_skin.pipeline import diagnose_pairs, find_bundle

    given = [name for name in NOT_OF_PAIRS if getattr(arguments, name)]
    if given:
        raise UsageError(f"--{given[0].replace('_', '-')} is given; expected it without --task pairs")
    if len(arguments.inputs) != 1:
        raise UsageError(f"{len(arguments.inputs)} inputs are given; expected one table with --task pairs")
    frame = arguments.scan_frame
    pairs: list[dict[str, Any]] = list_pairs(arguments.inputs[0])
    return pairs, diagnose_pairs(
        pairs,
        arguments.out,
        bundle_root=find_bundle(PAIR_DIAGNOSIS, arguments.diagnosis_bundle),
        calibration=arguments.calibration,
        explain=arguments.explain,
        scan_frame=None if frame is None else frame_number(frame, "--scan-frame") or 0,  # 0 is all
        **_options(arguments),
    )


def frame_number(text: str, option: str) -> int | None:
    """The frame that an option asks for, from 1; None for all of them."""
    if text == ALL_FRAMES:
        return None
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise UsageError(f"{option} is {text}; expected a number from 1, or {ALL_FRAMES}")
    return int(text)


TASKS: Mapping[str, Callable[[argparse.Namespace], tuple[list[dict[str, Any]], Run]]] = {
    "diagnosis": _diagnose,
    "segmentation": _segment,
    "pairs": _diagnose_pairs,
}


def _options(arguments: argparse.Namespace) -> dict[str, Any]:
    return {
        "device": arguments.device,
        "batch_size": arguments.batch_size,
        "progress": not (arguments.quiet or arguments.json),
        "overwrite": arguments.overwrite,
    }


def _results(done: Run) -> dict[str, Any]:
    """What ``--json`` prints of a run."""
    cases = getattr(done, "cases", None)
    if cases is None:
        return {"rows": _rows(done)}
    heat = [] if done.explanations is None else done.explanations.rows  # type: ignore[union-attr]
    return {"cases": cases, "rows": done.rows, **({"heat": heat} if heat else {})}


def _rows(done: Run) -> list[dict[str, Any]]:
    """The rows of ``predictions.csv``, with what explains them under a name of its own."""
    explanations = getattr(done, "explanations", None)
    if explanations is None:
        return list(done.rows)
    # a table has an apostrophe in front of an id that a spreadsheet would run
    heat, clinical = (
        {row["image_id"].removeprefix("'"): row for row in rows} for rows in (explanations.rows, explanations.clinical)
    )
    keys = ("method", "stream", "class", "overlay", "map", "lesion", "heat_in_lesion", "hit")
    return [
        {
            **row,
            "heat": {key: heat[row["image_id"]][key] for key in keys},
            "clinical": {key: value for key, value in clinical.get(row["image_id"], {}).items() if key != "image_id"},
        }
        for row in done.rows
    ]


def _summarise(done: Run, task: str) -> None:
    cases = getattr(done, "cases", None)
    if cases is not None:
        answered = {row["case_id"].removeprefix("'") for row in cases}  # as a spreadsheet would run some ids
        lost = len({row["case_id"] for row in done.rejected} - answered)
        counts = f"{len(cases)} cases classified from {len(done.rows)} pairs, {lost} cases without an answer"
        print(f"{counts}, {len(done.rejected)} pairs rejected")
    else:
        doubtful = sum(row["mask_ok"] == "false" for row in done.rows)
        what = "classified, the outline of {} doubtful" if task == "diagnosis" else "outlined, {} of them doubtful"
        print(f"{len(done.rows)} {what.format(doubtful)}, {len(done.rejected)} rejected")
    unlike = sum(row.get("unfamiliar") == "true" for row in done.rows)
    if unlike:
        print(f"{unlike} unlike the training pictures: result unreliable")
    table = "predictions.csv" if cases is None else "cases.csv"
    print(f"Look at {done.folder / 'report.html'}; the numbers are in {done.folder / table}.")
    if getattr(done, "explanations", None) is not None:
        print(f"Heat maps are in the report and in {done.folder / 'heat'}. {HEAT_WARNING}")
    print(DISCLAIMER)


def name_rejected(rejected: Sequence[Mapping[str, str]]) -> None:
    """Say on the error stream what was rejected and why."""
    for row in rejected[:REASONS_SHOWN]:
        print(f"rejected: {row['reason']}", file=sys.stderr)
    if len(rejected) > REASONS_SHOWN:
        print(f"rejected: {len(rejected) - REASONS_SHOWN} more, see rejected.csv", file=sys.stderr)
