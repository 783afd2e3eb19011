# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The report of a data set: the page and its numbers."""

from __future__ import annotations

import base64
import json
import re

import pytest

from monai_skin.data import Item, load_sections, split_grouped, write_dataset_json, write_phantoms
from monai_skin.errors import InvalidInputError, UsageError
from monai_skin.io import read_image
from monai_skin.pipeline import DataReport, report_dataset
from tests.handlers.test_write_report import Page

KEYS = {
    "form", "software", "notice", "created", "name", "seed", "images", "lesions", "patients", "classes",
    "images_per_lesion", "several_images", "dx_type", "age", "sex", "site", "fitzpatrick", "age_group", "missing",
    "sections_from", "sections", "overlap", "image_sizes", "same_bytes", "broken", "sample", "colours", "shown",
    "unusable_rows", "left_out",
}  # fmt: skip
HOSTILE = '<script>alert("1")</script>&$x'


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data") / "phantoms"
    write_phantoms(folder, 12, size=(32, 40))
    return folder


@pytest.fixture(scope="module")
def done(dataset, tmp_path_factory):
    return report_dataset(dataset, tmp_path_factory.mktemp("out"), sample=10, progress=False)


@pytest.fixture(scope="module")
def source(done):
    return (done.folder / "report.html").read_text(encoding="utf-8")


def hand_written(folder, *items: Item):
    """A data set whose ``dataset.json`` someone wrote by hand, with one picture for all."""
    write_phantoms(folder, 1, size=(32, 40))
    listed = [{"image": str(folder / "images" / "PHANTOM_0000000.jpg"), **item} for item in items]
    write_dataset_json(folder / "dataset.json", {"training": listed[:1], "test": listed[1:]})
    return folder


def test_the_json_has_the_keys_it_is_documented_to_have_and_is_what_was_returned(done):
    assert isinstance(done, DataReport)
    assert set(done.facts) == KEYS
    assert json.loads((done.folder / "report.json").read_text(encoding="utf-8")) == done.facts


def test_the_numbers_are_those_of_the_phantoms(done, dataset):
    facts = done.facts
    assert (facts["name"], facts["images"], facts["lesions"], facts["patients"]) == ("phantoms", 12, 9, None)
    assert sum(row["images"] for row in facts["classes"]) == 12
    assert facts["dx_type"]["values"] == ["phantom"]
    assert facts["image_sizes"] == [{"rows": 32, "columns": 40, "images": 12}]
    assert (facts["broken"], facts["unusable_rows"], facts["same_bytes"], done.set_aside) == ([], [], [], 0)
    assert facts["sections_from"] == "split"
    lengths = {name: len(items) for name, items in load_sections(dataset).items()}
    assert {row["name"]: row["images"] for row in facts["sections"]} == lengths
    assert facts["sample"] == sum(row["images"] for row in facts["colours"]) == 10


def test_the_page_needs_no_network_and_no_other_file(source):
    page = Page(source)
    assert not re.findall(r"https?:|<script|<link|<iframe|@import|url\(", source)
    assert {image["src"].partition(",")[0] for image in page.all("img")} == {"data:image/jpeg;base64"}
    assert "default-src 'none'" in source


def test_the_page_warns_first_and_can_be_read_aloud(source):
    page = Page(source)
    text = page.text[page.text.index("Research use only. Not for diagnosis.") :]
    assert text.index("not the people") < text.index("What is in phantoms") < text.index("Classes")
    assert page.open == []
    assert all(image["alt"] for image in page.all("img"))
    assert all(chart["aria-label"] for chart in page.all("svg"))
    assert all(head["scope"] in {"col", "row"} for head in page.all("th"))
    names = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(names) == len(set(names))
    assert {region["aria-labelledby"] for region in page.all("div") if "aria-labelledby" in region} <= set(names)


def test_the_page_shows_a_few_pictures_of_each_class(source, done):
    pictures = Page(source).all("img")
    assert len(pictures) == sum(map(len, done.facts["shown"].values()))
    assert set(done.facts["shown"]) == {row["dx"] for row in done.facts["classes"]}
    assert read_image(base64.b64decode(pictures[0]["src"].partition(",")[2])).full_size == (32, 40)


def test_the_same_data_set_gives_the_same_bytes(done, dataset, tmp_path, monkeypatch):
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    again = report_dataset(dataset, tmp_path, sample=10, progress=False)
    for name in ("report.html", "report.json"):
        assert (again.folder / name).read_bytes() == (done.folder / name).read_bytes()


@pytest.mark.parametrize("field", ["dx", "lesion_id", "sex", "site", "image_id"])
def test_text_from_a_hand_written_list_stays_text(tmp_path, field):
    same = {"dx": "mel", "lesion_id": "L", "sex": "male", "site": "back", "image_id": "a"} | {field: HOSTILE}
    folder = hand_written(tmp_path / "data", same, same)
    done = report_dataset(folder, tmp_path / "out", progress=False)
    source = (done.folder / "report.html").read_text(encoding="utf-8")
    page = Page(source)
    assert "<script" not in source
    assert page.open == []
    assert HOSTILE in page.text


def test_what_stands_in_two_sections_is_said_and_counted_once(tmp_path):
    same = {"image_id": "a", "lesion_id": "L", "dx": "mel"}
    done = report_dataset(hand_written(tmp_path / "data", same, same), tmp_path / "out", progress=False)
    assert done.facts["sections_from"] == "dataset.json"
    assert done.facts["images"] == 1
    assert (done.facts["overlap"]["lesions"], done.facts["overlap"]["images"]) == (1, 1)
    text = Page((done.folder / "report.html").read_text(encoding="utf-8")).text
    assert "In two sections stand: 1 lesion, 1 image." in text


def test_one_file_under_two_names_is_said_with_its_sections(tmp_path):
    folder = hand_written(tmp_path / "data", {"image_id": "a", "dx": "mel"}, {"image_id": "b", "dx": "nv"})
    done = report_dataset(folder, tmp_path / "out", progress=False)
    assert done.facts["same_bytes"] == [{"image_ids": ["a", "b"], "lesions": 2, "sections": ["training", "test"]}]
    text = " ".join(Page((done.folder / "report.html").read_text(encoding="utf-8")).text.split())
    assert "a, b: 2 lesions, in training and test" in text
    assert "No image names its lesion" in text


def test_broken_pictures_and_unusable_rows_are_listed(tmp_path):
    write_phantoms(tmp_path / "data", 6, size=(32, 40))
    table = tmp_path / "data" / "metadata.csv"
    table.write_text(table.read_text().replace(",phantom,", ",phantom,-3", 1))
    (tmp_path / "data" / "images" / "PHANTOM_0000004.jpg").write_bytes(b"no picture")
    done = report_dataset(tmp_path / "data", tmp_path / "out", progress=False)
    assert [row["image_id"] for row in done.facts["broken"]] == ["PHANTOM_0000004"]
    assert len(done.facts["unusable_rows"]) == 1
    assert (done.facts["images"], done.set_aside) == (5, 2)
    text = Page((done.folder / "report.html").read_text(encoding="utf-8")).text
    assert "1 picture cannot be read" in text
    assert "metadata.csv row 2, PHANTOM_0000000: age is -3" in text


def test_an_earlier_report_is_kept_unless_told_otherwise(done, dataset):
    with pytest.raises(UsageError, match=r"output folder holds report\.html already; expected a new folder"):
        report_dataset(dataset, done.folder, progress=False)
    before = (done.folder / "report.json").read_bytes()
    assert report_dataset(dataset, done.folder, sample=10, progress=False, overwrite=True).folder == done.folder
    assert (done.folder / "report.json").read_bytes() == before


def test_a_sample_of_none_and_a_data_set_of_none_are_refused(dataset, tmp_path):
    with pytest.raises(UsageError, match="sample is 0; expected 1 or more"):
        report_dataset(dataset, tmp_path / "out", sample=0)
    write_dataset_json(tmp_path / "dataset.json", split_grouped([]))
    with pytest.raises(InvalidInputError, match=r"has no image that can be used \(0 rows cannot\); expected at least"):
        report_dataset(tmp_path, tmp_path / "out")
    assert not (tmp_path / "out").exists()
