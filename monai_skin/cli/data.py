# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""``monai_skin data prepare|verify|split|report|phantoms|masks``."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from monai_skin.cli import data_report, data_split
from monai_skin.cli.data_split import add_kind, add_split, say, show, split_items, tell_left_out, write_sections
from monai_skin.errors import ItemsSetAsideError

if TYPE_CHECKING:
    from monai_skin.data import Item, Report

__all__ = ["configure"]


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``data``."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="action")
    summaries = {
        "prepare": "fetch a data set if asked to, verify it, split it and write its dataset.json",
        "verify": "report every problem of a data set at once",
        "split": "share a data set out by lesion and patient and write its dataset.json",
        "report": "write a page about what is in a data set, and the same as JSON",
        "phantoms": "draw made-up lesions, with masks and metadata in the form of HAM10000, or in pairs",
        "masks": "outline every lesion by a network that did not learn from it, training one per fold",
    }
    for name, summary in summaries.items():
        action = actions.add_parser(name, help=summary, description=summary[0].upper() + summary[1:] + ".")
        action.add_argument("folder", metavar="DIR", type=Path, help="folder of the data set")
        action.add_argument("--json", action="store_true", help="print the result as JSON")
        action.set_defaults(run=_ACTIONS[name])
        _ARGUMENTS[name](action)


def _preparing(parser: argparse.ArgumentParser) -> None:
    add_split(parser)
    _checking(parser)
    parser.add_argument(
        "--download", metavar="NAME", help="fetch this data set into DIR first: ham10000, isic2016_task1, isic2017, …"
    )


def _verifying(parser: argparse.ArgumentParser) -> None:
    add_kind(parser)
    _checking(parser)
    parser.add_argument(
        "--against",
        type=Path,
        metavar="TRAINING",
        help="data set a model learnt from: refuse images or lesions of it here",
    )


def _checking(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--quick", action="store_true", help="look at names and tables only, open no picture")


def _drawing(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--count", type=int, default=24, help="number of pictures, or of cases (default: 24)")
    parser.add_argument(
        "--pairs", action="store_true", help="photograph and ultrasound that tell the class only together"
    )
    parser.add_argument("--seed", type=int, default=0, help="other phantoms for another number (default: 0)")
    parser.add_argument("--size", type=int, nargs=2, metavar=("ROWS", "COLUMNS"), help="450 600, or 224 224 for pairs")


def _masking(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for masks, table and folds")
    parser.add_argument(
        "--folds", type=int, default=5, help="networks to train (default: 5); 0 takes the weights of the bundle"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the folds (default: 0)")
    parser.add_argument("--bundle", metavar="DIR", help="the bundle's root; by default the one of this package")
    parser.add_argument("--epochs", type=int, metavar="N", help="of each training; the bundle decides if left out")
    parser.add_argument("--device", help="cpu, cuda or cuda:<number>; by default a GPU if there is one")


def run_prepare(arguments: argparse.Namespace) -> int:
    """Fetch, verify, split, write; nothing is written for a data set with errors."""
    from monai_skin.data import SOURCES, download_dataset

    if arguments.download is not None:
        if arguments.download in SOURCES:
            source = SOURCES[arguments.download]
            say(f"{arguments.download}: {source.licence}; credit {source.credit}; read the terms at the source")
        download_dataset(arguments.download, arguments.folder)
    sections, report = _checked(arguments)
    if report.exit_code:
        _show_report(report, arguments.json)
        return report.exit_code
    for finding in report.findings:
        say(f"{finding.severity}: {finding.text}")
    return write_sections(arguments, sections)


def run_verify(arguments: argparse.Namespace) -> int:
    """Print the report; the exit code is 3 or 9 when there are errors."""
    from monai_skin.data import Problems, check_dataset, load_sections, read_dataset, refuse_leaks

    problems: Problems = []
    data: Sequence[Item] | Mapping[str, Sequence[Item]]
    if arguments.kind is None and (arguments.folder / "dataset.json").is_file():
        data = load_sections(arguments.folder)
    else:
        data = read_dataset(arguments.folder, arguments.kind, problems=problems)
        tell_left_out(arguments)
    if arguments.against is not None:
        refuse_leaks(_all_items(load_sections(arguments.against)), _all_items(data), source=arguments.folder.name)
    report = check_dataset(data, problems=problems, pictures=not arguments.quick)
    _show_report(report, arguments.json)
    return report.exit_code


def run_phantoms(arguments: argparse.Namespace) -> int:
    """Draw and write phantoms."""
    from monai_skin.data import write_phantom_pairs, write_phantoms

    write, size = (write_phantom_pairs, (224, 224)) if arguments.pairs else (write_phantoms, (450, 600))
    if arguments.size is not None:
        size = tuple(arguments.size)
    items = write(arguments.folder, arguments.count, seed=arguments.seed, size=size, progress=True)
    noun = f"pairs of {arguments.count} cases" if arguments.pairs else "phantoms"
    text = f"{len(items)} {noun} in {arguments.folder.name}; made up, for trying things out only"
    show({"items": len(items), "seed": arguments.seed}, text, as_json=arguments.json)
    return 0


def run_masks(arguments: argparse.Namespace) -> int:
    """Train, outline and gather; the exit code is 6 if some pictures were rejected."""
    from monai_skin.pipeline import find_bundle, predict_masks

    done = predict_masks(
        arguments.folder,
        arguments.out,
        bundle_root=find_bundle("lesion_segmentation", arguments.bundle),
        folds=arguments.folds,
        seed=arguments.seed,
        device=arguments.device,
        overrides={} if arguments.epochs is None else {"max_epochs": arguments.epochs},
        report=say,
    )
    for row in done.rejected:
        say(f"rejected: {row['reason']}")
    text = f"{len(done.rows)} masks, {len(done.rejected)} rejected; written to {arguments.out.name}"
    show({"rows": done.rows, "rejected": done.rejected}, text, as_json=arguments.json)
    return ItemsSetAsideError.exit_code if done.rejected else 0


def _checked(arguments: argparse.Namespace) -> tuple[Mapping[str, Sequence[Item]], Report]:
    from monai_skin.data import Problems, check_dataset, read_dataset

    problems: Problems = []
    items = read_dataset(arguments.folder, arguments.kind, problems=problems)
    tell_left_out(arguments)
    sections = split_items(items, arguments)
    return sections, check_dataset(sections, problems=problems, pictures=not arguments.quick)


def _all_items(data: Sequence[Item] | Mapping[str, Sequence[Item]]) -> list[Item]:
    return [item for part in data.values() for item in part] if isinstance(data, Mapping) else list(data)


def _show_report(report: Report, as_json: bool) -> None:
    show(report.to_json(), report.to_text(), as_json=as_json)


_ACTIONS = {
    "prepare": run_prepare,
    "verify": run_verify,
    "split": data_split.run,
    "report": data_report.run,
    "phantoms": run_phantoms,
    "masks": run_masks,
}
_ARGUMENTS = {
    "prepare": _preparing,
    "verify": _verifying,
    "split": data_split.configure,
    "report": data_report.configure,
    "phantoms": _drawing,
    "masks": _masking,
}
