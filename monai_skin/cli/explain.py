# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""``monai_skin explain INPUT... --out DIR``."""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monai_skin.cli.predict import DIAGNOSIS, DISCLAIMER, HEAT_METHODS, HEAT_WARNING, add_person, name_rejected
from monai_skin.errors import ItemsSetAsideError, UsageError

if TYPE_CHECKING:
    from monai_skin.pipeline import Explanations

__all__ = ["configure"]

FIELDS = ("age", "sex", "site")
STREAMS = ("image", "segmented", "both", "ultrasound")
NOT_OF_PAIRS = ("masks", "metadata", "age", "sex", "site", "background")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``explain``."""
    parser.epilog = f"{DISCLAIMER} {HEAT_WARNING} Exit code 6 means that some inputs were rejected."
    parser.add_argument(
        "inputs",
        nargs="+",
        metavar="INPUT",
        help="picture, folder, pattern, or CSV with a column image; for a bundle of pairs, the table of cases",
    )
    parser.add_argument("--out", required=True, metavar="DIR", help="folder for heat maps, tables and the report")
    parser.add_argument("--bundle", metavar="DIR", help="root of the bundle that classifies; by default this package's")
    parser.add_argument(
        "--masks",
        metavar="DIR",
        help="lesion masks, <image_id>.png: the second encoder sees them, heat is measured on them",
    )
    parser.add_argument("--method", choices=HEAT_METHODS, default=HEAT_METHODS[0], help=f"default: {HEAT_METHODS[0]}")
    parser.add_argument("--class", dest="target", metavar="CODE", help="to explain (default: the most probable one)")
    parser.add_argument("--stream", choices=STREAMS, help="which picture of a network with two (default: the method's)")
    parser.add_argument("--curves", action="store_true", help="also measure deletion and insertion, which is slow")
    parser.add_argument(
        "--background",
        metavar="CSV",
        help="people that age, sex and site are compared with (default: a grid of ages, both sexes and all sites)",
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
    from monai_skin.pipeline import explain, find_bundle

    root = find_bundle(DIAGNOSIS, arguments.bundle)
    done = explain(
        _items(arguments, root),
        arguments.out,
        bundle_root=root,
        method=arguments.method,
        target=arguments.target,
        stream=arguments.stream,
        curves=arguments.curves,
        background=arguments.background,
        device=arguments.device,
        batch_size=arguments.batch_size,
        progress=not arguments.quiet,
        overwrite=arguments.overwrite,
    )
    if not arguments.quiet:
        _summarise(done)
    name_rejected(done.rejected)
    return ItemsSetAsideError.exit_code if done.rejected else 0


def _items(arguments: argparse.Namespace, root: Path) -> Sequence[Mapping[str, Any]]:
    from monai_skin.data import list_images, list_pairs
    from monai_skin.pipeline import add_metadata, sites_of, takes_pairs

    if not takes_pairs(root):
        return add_metadata(
            list_images(arguments.inputs, masks_dir=arguments.masks),
            table=arguments.metadata,
            age=arguments.age,
            sex=arguments.sex,
            site=arguments.site,
            sites=sites_of(root),
        )
    given = [name for name in NOT_OF_PAIRS if getattr(arguments, name)]
    if given:
        raise UsageError(f"--{given[0]} is given; expected it for a bundle of pictures, not of pairs")
    if len(arguments.inputs) != 1:
        raise UsageError(f"{len(arguments.inputs)} inputs are given; expected one table of pairs")
    return list_pairs(arguments.inputs[0])


def _summarise(done: Explanations) -> None:
    print(f"{len(done.rows)} explained, {len(done.rejected)} rejected")
    count, (heat, lesion, hit) = _means(done.rows, "heat_in_lesion", "lesion", "hit")
    if count:
        shares = f"{heat:.1%} of the heat on the lesion, which covers {lesion:.1%} of the picture"
        print(f"{count} with an outline: {shares}; the hottest place on it in {hit:.1%}")
    areas = ("deletion", "insertion", "random_deletion", "random_insertion")
    count, (deletion, insertion, less, more) = _means(done.rows, *areas)
    if count:
        print(f"{count} measured: deletion {deletion:.3f} ({less:.3f} for random heat, lower is better)")
        print(f"{count} measured: insertion {insertion:.3f} ({more:.3f} for random heat, higher is better)")
    count, changes = _means(done.clinical, *FIELDS, absolute=True)
    if count:
        means = ", ".join(f"{name} {100 * change:.1f}" for name, change in zip(FIELDS, changes, strict=True))
        print(f"{count} with age, sex and site: they move the probability by points, on average {means}")
    print(f"Look at {done.folder / 'report.html'} and into {done.folder / 'heat'}. {HEAT_WARNING}")
    print(DISCLAIMER)


def _means(rows: Sequence[Mapping[str, str]], *columns: str, absolute: bool = False) -> tuple[int, tuple[float, ...]]:
    """How many rows have these columns, and their means over those rows."""
    values = [[float(row[name]) for name in columns] for row in rows if all(row.get(name) for name in columns)]
    if not values:
        return 0, (0.0,) * len(columns)
    sized = [[abs(value) for value in row] for row in values] if absolute else values
    return len(values), tuple(statistics.fmean(column) for column in zip(*sized, strict=True))
