# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""``monai_skin data split``, and what ``data prepare`` shares with it."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monai_skin.errors import UsageError

if TYPE_CHECKING:
    from monai_skin.data import Item

__all__ = [
    "add_kind",
    "add_split",
    "configure",
    "run",
    "say",
    "show",
    "split_items",
    "tell_left_out",
    "write_sections",
]


def add_kind(parser: argparse.ArgumentParser) -> None:
    """Add ``--kind``."""
    parser.add_argument("--kind", help="which data set it is; recognised by its files when left out")


def add_split(parser: argparse.ArgumentParser) -> None:
    """Add what says how to split, and where to write."""
    add_kind(parser)
    parser.add_argument("--seed", type=int, default=0, help="of the split (default: 0)")
    parser.add_argument(
        "--fractions",
        type=float,
        nargs=3,
        metavar=("TRAINING", "VALIDATION", "TEST"),
        help="shares that add up to 1 (default: the sections it was published with, else 0.7 0.1 0.2)",
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="where to write (default: DIR/dataset.json)")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``data split``."""
    add_split(parser)
    parser.add_argument(
        "--protocol",
        choices=("grouped", "soft-attention", "cases", "cases-faithful"),
        default="grouped",
        help="grouped by lesion and patient (default); as in the soft-attention paper; or by case at a ratio, with a "
        "validation section of its own (cases) or with test for one (cases-faithful)",
    )
    parser.add_argument("--train-ratio", type=float, metavar="R", help="of a split by case: training cases of all")


def run(arguments: argparse.Namespace) -> int:
    """Split without opening a picture."""
    from monai_skin.data import check_dataset, read_dataset

    by_case, ratio = arguments.protocol.startswith("cases"), arguments.train_ratio
    if by_case is (ratio is None):
        given, other = ("cases", "no --train-ratio") if by_case else (arguments.protocol, f"--train-ratio {ratio}")
        raise UsageError(f"--protocol {given} is with {other}; expected a ratio for a split by case and for no other")
    if arguments.protocol != "grouped":
        return _split_by_protocol(arguments)
    sections = split_items(read_dataset(arguments.folder, arguments.kind), arguments)
    tell_left_out(arguments)
    for finding in check_dataset(sections, pictures=False, progress=False).findings:
        if finding.kind == "class_absent":
            say(f"{finding.severity}: {finding.text}")
    return write_sections(arguments, sections)


def split_items(items: Sequence[Item], arguments: argparse.Namespace) -> Mapping[str, Sequence[Item]]:
    """The published sections, or a split by lesion and patient with the shares that were asked for."""
    from monai_skin.data import SECTIONS, share_out, split_grouped

    if arguments.fractions is None:
        return share_out(items, seed=arguments.seed)
    fractions = dict(zip(SECTIONS, arguments.fractions, strict=True))
    return split_grouped(items, fractions, seed=arguments.seed)


def _split_by_protocol(arguments: argparse.Namespace) -> int:
    from monai_skin.data import (
        CASE_PROTOCOLS,
        SOFT_ATTENTION_PROTOCOL,
        read_dataset,
        soft_attention_split,
        split_cases,
    )

    name, seed = arguments.protocol, arguments.seed
    if arguments.fractions is not None:
        raise UsageError(f"--fractions and --protocol {name} are both given; expected one of the two")
    items = read_dataset(arguments.folder, arguments.kind)
    tell_left_out(arguments)
    if name == "soft-attention":
        sections, label, more = soft_attention_split(items, seed), SOFT_ATTENTION_PROTOCOL, {}
    else:
        sections = split_cases(items, arguments.train_ratio, seed=seed, protocol=name)
        label, more = CASE_PROTOCOLS[name], {"train_ratio": arguments.train_ratio}
    say(label["selection"])
    return write_sections(arguments, sections, {**label, **more})


def tell_left_out(arguments: argparse.Namespace) -> None:
    """Say what the reader leaves out on purpose."""
    from monai_skin.data import count_left_out

    for reason, count in count_left_out(arguments.folder, arguments.kind).items():
        say(f"left out: {count} {reason}")


def write_sections(
    arguments: argparse.Namespace,
    sections: Mapping[str, Sequence[Item]],
    description: Mapping[str, object] | None = None,
) -> int:
    """Write ``dataset.json`` and say what is in it."""
    from monai_skin.data import group_items, write_dataset_json

    path = arguments.out or arguments.folder / "dataset.json"
    described = {"name": arguments.folder.name, "seed": arguments.seed, **(description or {})}
    write_dataset_json(path, sections, description=described)
    summary = {
        name: {"items": len(items), "groups": len(group_items(items)), "classes": _counts(items)}
        for name, items in sections.items()
    }
    lines = [
        f"{name}: {row['items']} images of {row['groups']} groups, {row['classes']}" for name, row in summary.items()
    ]
    show(summary, "\n".join([*lines, f"written to {path.name}"]), as_json=arguments.json)
    return 0


def _counts(items: Sequence[Item]) -> dict[str, int]:
    names = sorted({item["dx"] for item in items})
    return {name or "unknown": sum(item["dx"] == name for item in items) for name in names}


def show(value: Any, text: str, *, as_json: bool) -> None:
    """Print the result on standard output."""
    print(json.dumps(value, indent=2) if as_json else text)


def say(text: str) -> None:
    """Print a remark on standard error."""
    print(f"monai_skin data: {text}", file=sys.stderr)
