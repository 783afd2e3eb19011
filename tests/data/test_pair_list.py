# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from monai_skin.data import LesionDataset, list_pairs
from monai_skin.errors import InvalidInputError, UsageError
from monai_skin.io import write_image
from monai_skin.transforms import LoadDermoscopyd, LoadUltrasoundd

HEADER = "case_id,clinical_path,us_path\n"


def write(folder: Path, *rows: str, header: str = HEADER) -> Path:
    (folder / "pairs.csv").write_text(header + "".join(f"{row}\n" for row in rows))
    return folder


def named(items: list[dict[str, str]]) -> list[tuple[str, str, str]]:
    return [(item["image_id"], Path(item["image"]).name, Path(item["paired_image"]).name) for item in items]


def test_each_photograph_of_a_case_goes_with_each_of_its_scans(tmp_path):
    items = list_pairs(write(tmp_path, "b,p.png,u.png", "a,q.png,v.png", "b,,w.png", "b,p.png,u.png"))
    assert named(items) == [("b_1_1", "p.png", "u.png"), ("b_1_2", "p.png", "w.png"), ("a_1_1", "q.png", "v.png")]
    first = {**items[0]}
    assert first.pop("image") == first.pop("file") == str(tmp_path / "p.png")
    assert first == {
        "image_id": "b_1_1",
        "paired_image": str(tmp_path / "u.png"),
        "paired_modality": "ultrasound",
        "case_id": "b",
        "lesion_id": "b",
        "patient_id": "",
    }


def test_a_folder_stands_for_its_table_and_a_label_is_not_looked_at(tmp_path):
    header = "case_id,patient_id,clinical_path,us_path,label\n"
    write(tmp_path, "a,p1,p.png,u.png,anything", header=header)
    items = list_pairs(tmp_path)
    assert items == list_pairs(str(tmp_path / "pairs.csv"))
    assert items[0]["patient_id"] == "p1" and "label" not in items[0]


def test_a_case_that_lacks_a_half_is_listed_all_the_same(tmp_path):
    items = list_pairs(write(tmp_path, "a,p.png,", "b,,u.png", "c,,"))
    assert named(items) == [("a_1_0", "p.png", ""), ("b_0_1", "", "u.png"), ("c_0_0", "", "")]
    assert [Path(item["file"]).name for item in items] == ["p.png", "u.png", ""]


def test_a_missing_or_broken_half_is_set_aside_by_its_case_and_nothing_else_is_lost(tmp_path):
    picture = np.random.default_rng(0).integers(0, 256, (3, 20, 24), np.uint8)
    for name in ("p.png", "u.png"):
        write_image(tmp_path / name, picture)
    (tmp_path / "broken.png").write_text("no picture")
    rows = ("good,p.png,u.png", "half,p.png,", "other,,u.png", "bad,p.png,broken.png", "gone,gone.png,u.png")

    def load(item):
        return LoadUltrasoundd(keys="paired_image")(LoadDermoscopyd(keys="image")(item))

    dataset = LesionDataset(list_pairs(write(tmp_path, *rows)), load, set_aside=True)
    found = [dataset[index] for index in range(len(dataset))]
    errors = {item["case_id"]: item["error"] for item in found}
    assert errors.pop("good") == ""
    assert errors["half"] == "half_1_0: ultrasound: file is missing; expected a picture beside the photograph"
    assert errors["other"] == "other_0_1: picture: file is missing; expected a path to a picture"
    assert "broken.png: image is not a picture" in errors["bad"] and errors["bad"].startswith("bad_1_1: ")
    assert "gone.png" in errors["gone"]
    assert {tuple(item["image"].shape) for item in found} == {(3, 20, 24), (3, 64, 64)}
    assert {tuple(item["paired_image"].shape) for item in found} == {(1, 20, 24), (1, 64, 64)}


@pytest.mark.parametrize(
    ("rows", "header", "kind", "message"),
    [
        ((",p.png,u.png",), HEADER, InvalidInputError, "^pairs.csv row 2: case_id is empty; expected a name"),
        ((), HEADER, UsageError, "^pairs.csv: lists no case; expected a row for every pair"),
        (("a,p.png",), "case_id,clinical_path\n", InvalidInputError, "us_path"),
    ],
)
def test_a_table_that_names_no_pairs_is_refused(rows, header, kind, message, tmp_path):
    with pytest.raises(kind, match=message):
        list_pairs(write(tmp_path, *rows, header=header))


def test_a_table_that_is_not_there_is_named(tmp_path):
    with pytest.raises(UsageError, match="^pairs.csv: does not exist; expected a table of pairs"):
        list_pairs(tmp_path)
