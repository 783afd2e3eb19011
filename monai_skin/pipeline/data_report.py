# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Say what is in a data set before anyone trains on it: a page for a person, the same numbers as JSON for a program."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from monai_skin import __version__
from monai_skin.data import (
    Item,
    Problems,
    choose_sample,
    colour_moments,
    count_left_out,
    describe_colours,
    describe_files,
    describe_items,
    describe_sections,
    distinct_items,
    load_sections,
    read_dataset,
    read_dx_types,
    share_out,
    survey_pictures,
)
from monai_skin.errors import InvalidInputError, UsageError
from monai_skin.handlers.run_output import prepare_folder
from monai_skin.handlers.write_report import date_of_environment
from monai_skin.interpretability import shrink_picture
from monai_skin.io import atomic_write, read_image, write_json
from monai_skin.labels import UNKNOWN
from monai_skin.pipeline.data_page import render_data_page

__all__ = ["DataReport", "report_dataset"]

FORM = "1"  # raised whenever a key of report.json changes its meaning
SHOWN_PER_CLASS = 4
THUMBNAIL_SIDE = 160
NOTICE = "Research use only. Not for diagnosis."
Thumbnails = dict[str, list[npt.NDArray[np.uint8]]]
_FILES = ("report.html", "report.json")


@dataclass(frozen=True)
class DataReport:
    """What was found: the content of ``report.json``, and where it and ``report.html`` are."""

    folder: Path
    facts: dict[str, Any]

    @property
    def set_aside(self) -> int:
        """How many pictures could not be read and rows could not be used."""
        return len(self.facts["broken"]) + len(self.facts["unusable_rows"])


def report_dataset(
    folder: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    kind: str | None = None,
    seed: int = 0,
    sample: int = 200,
    progress: bool = True,
    overwrite: bool = False,
) -> DataReport:
    """Read a data set to its last picture and write ``report.html`` and ``report.json`` about it.

    Nothing is drawn from the clock: the same files give the same bytes. Broken pictures and rows that cannot be used
    are listed.

    Args:
        folder: the data set.
        out: output folder; made if absent.
        kind: one of :data:`monai_skin.data.DATASET_KINDS`; where left out, ``dataset.json`` decides if it is there.
        seed: of the sections where the data set has none, and of the sample.
        sample: at most so many pictures for colours and thumbnails, as many of each class as of the others.
        progress: show bars on a terminal.
        overwrite: replace an earlier report in ``out``.

    Raises:
        UsageError: ``out`` holds a report, ``sample`` is below 1, or ``kind`` is not known.
        InvalidInputError: the folder holds no known data set, no image, or a list that cannot be used.
        StorageError: ``out`` cannot be written.
    """
    source, target = Path(folder), Path(out)
    if sample < 1:
        raise UsageError(f"sample is {sample}; expected 1 or more")
    created = date_of_environment()
    problems: Problems = []
    sections, origin = _read_sections(source, kind, seed, problems)
    items = distinct_items([item for members in sections.values() for item in members])
    if not items:
        problem = f"has no image that can be used ({len(problems)} rows cannot)"
        raise InvalidInputError.about(source.name, "data set", problem, expected="at least one")
    prepare_folder(target, written=_FILES, stale=_FILES if overwrite else (), overwrite=overwrite)
    files = survey_pictures(items, progress=progress)
    readable = [item for item, file in zip(items, files, strict=True) if not file.problem]
    chosen = choose_sample(readable, sample, seed=seed)
    closer, thumbnails = _look_closer(chosen, progress)
    facts = {
        "form": FORM,
        "software": f"monai_skin {__version__}",
        "notice": NOTICE,
        "created": created,
        "name": source.resolve().name,
        "seed": seed,
        **describe_items(items, read_dx_types(source)),
        "sections_from": origin,
        **describe_sections(sections),
        **describe_files(items, files, sections),
        **closer,
        "unusable_rows": [str(problem) for problem in problems],
        "left_out": {} if origin == "dataset.json" else count_left_out(source, kind),
    }
    write_json(target / "report.json", facts)
    atomic_write(target / "report.html", render_data_page(facts, thumbnails).encode())
    return DataReport(target, facts)


def _read_sections(
    folder: Path, kind: str | None, seed: int, problems: Problems
) -> tuple[Mapping[str, Sequence[Item]], str]:
    """The sections that training would see, and where they come from."""
    if kind is None and (folder / "dataset.json").is_file():
        return load_sections(folder), "dataset.json"
    items = read_dataset(folder, kind, problems=problems)
    published = bool(items) and all("section" in item for item in items)
    return share_out(items, seed=seed), "published" if published else "split"


def _look_closer(items: Sequence[Item], progress: bool) -> tuple[dict[str, Any], Thumbnails]:
    """Colours of each class, and the image ids and thumbnails of those that are shown."""
    moments: dict[str, list[npt.NDArray[np.float64]]] = defaultdict(list)
    shown: dict[str, list[str]] = defaultdict(list)
    thumbnails: Thumbnails = defaultdict(list)
    for item in tqdm(items, desc="sampling", unit="image", disable=None if progress else True):
        dx = item["dx"] or UNKNOWN
        pixels = read_image(item["image"]).pixels
        moments[dx].append(colour_moments(pixels))
        if len(shown[dx]) < SHOWN_PER_CLASS:
            shown[dx].append(item["image_id"])
            thumbnails[dx].append(shrink_picture(pixels, THUMBNAIL_SIDE))
    facts = {"sample": len(items), "colours": describe_colours(moments), "shown": dict(shown)}
    return facts, thumbnails
