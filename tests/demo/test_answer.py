# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""What the page answers is what the command line answers, and nothing of it stays."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import pytest

from monai_skin.data import list_images
from monai_skin.demo import Models, answer_picture
from monai_skin.errors import InvalidInputError
from monai_skin.pipeline import add_metadata, diagnose


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    return tmp_path / "temporary"


def shares(page):
    return re.findall(r"<td>(\d+\.\d%)</td>", page)


def test_the_answer_is_that_of_the_command_line_and_leaves_nothing_behind(models, picture, temporary, tmp_path):
    person = {"age": "70", "sex": "female", "site": "back"}
    page = answer_picture(picture.read_bytes(), person, models)
    items = add_metadata(list_images(picture), **person)
    roots = {"segmentation_root": models.segmentation_root, "diagnosis_root": models.diagnosis_root}
    (row,) = diagnose(items, tmp_path / "out", **roots, device="cpu", progress=False).rows
    expected = [f"{float(row[code]):.1%}" for code in ("akiec", "bcc", "bkl", "df", "mel", "nv", "vasc")]
    assert sorted(shares(page)[:7]) == sorted(expected)
    assert page.count("data:image") == 3, "the picture, its outline and the heat map"
    assert "Research use only" in page and "70 years" in page
    assert list(temporary.iterdir()) == []


def test_nothing_need_be_known_of_the_person(models, picture, temporary):
    page = answer_picture(picture.read_bytes(), {"age": "", "site": " "}, models)
    assert len(shares(page)) >= 7 and "years" not in page


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "picture: file is of no kind we read"),
        (b"<svg/>", "expected JPEG, PNG, BMP, TIFF or DICOM"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "picture.png"),
        (bytes(128) + b"DICM" + bytes(20), "picture.dcm"),
    ],
)
def test_what_is_no_picture_is_refused_by_reason_and_leaves_nothing_behind(models, temporary, data, message):
    with pytest.raises(InvalidInputError, match=re.escape(message)):
        answer_picture(data, {}, models)
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize(
    ("person", "message"),
    [
        ({"age": "700"}, "person: age is 700"),
        ({"sex": "f/m"}, "person: sex is 'f/m'"),
        ({"site": "torsoo"}, "person: site is 'torsoo'"),
    ],
)
def test_a_wrong_word_about_the_person_is_refused_by_its_name_on_the_page(models, picture, person, message):
    with pytest.raises(InvalidInputError, match=re.escape(message)):
        answer_picture(picture.read_bytes(), person, models)


def test_the_heat_map_is_of_the_method_asked_for(models, picture):
    other = Models(models.segmentation_root, models.diagnosis_root, "cross_attention", "cpu")
    assert "Heat: cross-attention" in answer_picture(picture.read_bytes(), {}, other)


def test_a_file_is_read_by_what_it_is_whatever_it_was_called(models, picture, temporary):
    assert Path(picture).suffix == ".png"
    assert "picture.png" in answer_picture(picture.read_bytes(), {}, models)
