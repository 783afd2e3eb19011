# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""A folder of pairs: which pictures go together, what is said of those that cannot be used, and that none is lost."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monai_skin.data import (
    PAIRED_COLUMNS,
    check_dataset,
    load_datalist,
    read_dataset,
    read_paired,
    split_cases,
    split_grouped,
)
from monai_skin.errors import InvalidInputError, UsageError
from monai_skin.io import write_image, write_table

GREY = np.full((3, 8, 8), 120, np.uint8)


def folder_of(folder, *rows, absent=(), broken=()):
    """``pairs.csv`` with these rows, and every picture they name but the absent ones; broken ones are no pictures."""
    write_table(folder / "pairs.csv", [dict(zip(PAIRED_COLUMNS, row, strict=True)) for row in rows], PAIRED_COLUMNS)
    for number, name in enumerate({name for row in rows for name in row[2:4] if name}):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name in broken:
            path.write_bytes(b"\x89PNG\r\n\x1a\n broken")
        elif name not in absent:
            write_image(path, GREY + np.uint8(number))
    return folder


def names(items):
    return [(item["image_id"], item["image"][-6:], item["paired_image"][-6:]) for item in items]


def test_a_row_is_a_pair_with_its_case_patient_and_class(tmp_path):
    folder_of(tmp_path, ("c1", "p1", "c/1.png", "u/1.png", "melanoma"), ("c2", "p1", "c/2.png", "u/2.png", "nv"))
    items = read_dataset(tmp_path)
    assert items == read_paired(tmp_path)
    assert items[0] | {"age": 0} == {
        "image": str(tmp_path / "c" / "1.png"), "paired_image": str(tmp_path / "u" / "1.png"),
        "paired_modality": "ultrasound", "image_id": "c1_1_1", "case_id": "c1", "lesion_id": "c1", "patient_id": "p1",
        "dx": "mel", "age": 0, "sex": "unknown", "site": "unknown",
    }  # fmt: skip
    assert not check_dataset(items, progress=False).errors


def test_each_photograph_of_a_case_goes_with_each_of_its_scans(tmp_path):
    folder_of(
        tmp_path,
        ("a", "p", "c/1.png", "u/1.png", "benign"),
        ("b", "q", "c/9.png", "u/9.png", "malignant"),
        ("a", "p", "c/2.png", "", "benign"),
        ("a", "p", "c/1.png", "u/2.png", "benign"),
    )
    items = read_paired(tmp_path)
    assert names(items) == [
        ("a_1_1", "/1.png", "/1.png"), ("a_1_2", "/1.png", "/2.png"), ("a_2_1", "/2.png", "/1.png"),
        ("a_2_2", "/2.png", "/2.png"), ("b_1_1", "/9.png", "/9.png"),
    ]  # fmt: skip
    assert [item["label"] for item in items] == [0, 0, 0, 0, 1], "benign and malignant are the classes of a vocabulary"
    report = check_dataset(items, progress=False)
    assert not [finding for finding in report.findings if finding.kind == "same_bytes"], (
        "one file in two pairs is meant"
    )


def test_training_may_take_all_pairs_or_the_first_of_each_case(tmp_path):
    rows = [(f"c{n}", f"p{n}", f"c/{n}{k}.png", f"u/{n}{k}.png", "benign") for n in range(10) for k in range(2)]
    folder_of(tmp_path, *rows)
    every, first = (load_datalist(tmp_path, "all", pairs=pairs) for pairs in ("all", "first"))
    assert (len(every), len(first)) == (40, 10)
    assert all(item["image_id"].endswith("_1_1") for item in first)
    with pytest.raises(UsageError, match="pairs is 'some'; expected one of all, first"):
        load_datalist(tmp_path, "all", pairs="some")


def test_the_classes_of_a_table_count_in_the_vocabulary_that_is_asked_for(tmp_path):
    folder_of(tmp_path, ("a", "p", "c/1.png", "u/1.png", "bcc"), ("b", "q", "c/2.png", "u/2.png", "sk"))
    assert all("label" not in item for item in read_paired(tmp_path))
    labels = {item["dx"]: item["label"] for item in load_datalist(tmp_path, "all", vocabulary="derm7pt")}
    assert labels == {"bcc": 0, "sk": 4}
    with pytest.raises(InvalidInputError, match="b_1_1: dx is 'sk'; expected one of akiec"):
        load_datalist(tmp_path, "all", vocabulary="ham10000")
    with pytest.raises(UsageError, match="vocabulary is 'isic2027'; expected one of "):
        load_datalist(tmp_path, "all", vocabulary="isic2027")


def test_a_missing_or_unreadable_picture_is_told_of_by_case_and_nothing_else_is_lost(tmp_path):
    folder_of(
        tmp_path,
        ("whole", "p1", "c/1.png", "u/1.png", "nv"),
        ("half", "p2", "c/2.png", "u/2.png", "nv"),
        ("broken", "p3", "c/3.png", "u/3.png", "nv"),
        ("spare", "p4", "c/4.png", "u/4.png", "nv"),
        ("spare", "p4", "", "u/5.png", "nv"),
        absent={"u/2.png", "u/4.png"},
        broken={"c/3.png"},
    )
    problems: list[InvalidInputError] = []
    items = read_paired(tmp_path, problems)
    assert names(items) == [("whole_1_1", "/1.png", "/1.png"), ("spare_1_1", "/4.png", "/5.png")]
    assert [(problem.source, problem.field) for problem in problems] == [
        ("half", "us_path"),
        ("broken", "clinical_path"),
        ("spare", "us_path"),
    ]
    texts = [str(problem) for problem in problems]
    assert texts[0] == "half: us_path 2.png does not exist; expected a file"
    assert texts[1].startswith("broken: clinical_path is unreadable (3.png: ")
    with pytest.raises(InvalidInputError, match=r"half: us_path 2\.png does not exist"):
        read_paired(tmp_path)


def test_a_scan_with_damaged_pixels_is_found_by_verification(tmp_path):
    folder_of(tmp_path, ("a", "p", "c/1.png", "u/1.png", "nv"))
    whole = (tmp_path / "u" / "1.png").read_bytes()
    (tmp_path / "u" / "1.png").write_bytes(whole[:-20])
    (finding,) = check_dataset(read_paired(tmp_path), progress=False).errors
    assert (finding.item, finding.field, finding.kind) == ("a_1_1", "paired_image", "unreadable_image")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([("a", "p", "1.png", "2.png", "nv"), ("a", "q", "3.png", "", "nv")], "a: patient_id is 'p' and 'q'; expected"),
        ([("a", "p", "1.png", "2.png", "nv"), ("a", "p", "3.png", "", "mel")], "a: label is 'mel' and 'nv'"),
        ([("a", "p", "1.png", "2.png", "melanom")], "a_1_1: label is 'melanom' .did you mean 'mel"),
        ([(" ", "p", "1.png", "2.png", "nv")], r"pairs\.csv: case_id is empty in a row"),
        ([("a", "p", "", "2.png", "nv")], "a: clinical_path names no picture in any row; expected a clinical photo"),
    ],
)  # fmt: skip
def test_rows_that_cannot_be_used_are_told_of_by_case(tmp_path, rows, message):
    folder_of(tmp_path, *rows, ("z", "z", "7.png", "8.png", "nv"))
    with pytest.raises(InvalidInputError, match=message):
        read_paired(tmp_path)
    assert [item["case_id"] for item in read_paired(tmp_path, [])] == ["z"]


def test_a_folder_without_the_table_is_told_what_would_do(tmp_path):
    wanted = rf"pairs\.csv was not found; expected a table with the columns {', '.join(PAIRED_COLUMNS)}"
    with pytest.raises(InvalidInputError, match=wanted):
        read_paired(tmp_path)


tables = st.lists(st.tuples(st.integers(0, 8), st.integers(1, 2), st.integers(1, 2)), min_size=4, max_size=12).map(
    lambda cases: [
        {"image": f"c{n}_{one}", "paired_image": f"u{n}_{other}", "image_id": f"{n}_{one}_{other}", "case_id": str(n)}
        | {"lesion_id": str(n), "patient_id": f"p{patient}", "dx": ("nv", "mel")[patient % 2]}
        for n, (patient, photographs, scans) in enumerate(cases)
        for one in range(photographs)
        for other in range(scans)
    ]
)


@settings(deadline=None, max_examples=25)
@given(tables, st.integers(0, 9))
def test_no_patient_photograph_or_scan_stands_in_two_sections(items, seed):
    for sections in (split_grouped(items, seed=seed), split_cases(items, 0.5, seed=seed)):
        for field in ("patient_id", "case_id", "image", "paired_image"):
            where = [{item[field] for item in part} for part in sections.values()]
            assert sum(map(len, where)) == len(set.union(*where))
