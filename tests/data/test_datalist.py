# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Sections of a data set, and the file MONAI reads them from."""

from __future__ import annotations

import json

import pytest
from monai.data import load_decathlon_datalist

from monai_skin.data import (
    SECTIONS,
    load_datalist,
    load_sections,
    read_dataset,
    share_out,
    split_grouped,
    write_dataset_json,
    write_phantoms,
)
from monai_skin.errors import InvalidInputError, UsageError


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("phantoms")
    write_phantoms(folder, 12, size=(32, 32))
    return folder


def test_without_a_dataset_json_the_split_is_made_on_the_fly(folder):
    assert load_sections(folder) == split_grouped(read_dataset(folder))
    assert load_datalist(folder, "test", seed=1) == split_grouped(read_dataset(folder), seed=1)["test"]


def test_what_is_written_is_read_back_with_paths_that_open(folder, tmp_path):
    sections = load_sections(folder)
    write_dataset_json(folder / "dataset.json", sections, description={"name": "phantoms"})
    try:
        assert load_sections(folder, seed=5) == sections, "the file decides, not the seed"
    finally:
        (folder / "dataset.json").unlink()


def test_monai_reads_the_file_with_the_same_paths_and_labels(folder, tmp_path):
    sections = load_sections(folder)
    write_dataset_json(tmp_path / "elsewhere" / "dataset.json", sections, description={"name": "phantoms", "seed": 0})
    for name, items in sections.items():
        read = load_decathlon_datalist(tmp_path / "elsewhere" / "dataset.json", False, name)
        assert len(read) == len(items)
        for theirs, ours in zip(read, items, strict=True):
            assert {key: theirs[key] for key in ("image_id", "dx", "label")} == {
                key: ours[key] for key in ("image_id", "dx", "label")
            }
            for key in ("image", "mask"):
                with open(theirs[key], "rb") as one, open(ours[key], "rb") as other:
                    assert one.read() == other.read()


def test_paths_in_the_file_are_relative_and_empty_texts_left_out(folder, tmp_path):
    write_dataset_json(folder / "other.json", load_sections(folder))
    text = (folder / "other.json").read_text()
    assert str(folder) not in text
    assert '""' not in text


@pytest.mark.parametrize("section", ["validation", "test"])
def test_the_few_a_limit_draws_have_the_classes_of_their_section(section, monkeypatch):
    # lesions of one, and melanomas of three images: three images in ten are of melanoma
    shapes = [("nv", 1)] * 7 + [("mel", 3)]
    lesions = [(f"l{index}", *shapes[index % 8]) for index in range(4000)]
    items = [
        {"image_id": f"i{lesion}_{k}", "lesion_id": lesion, "dx": dx}
        for lesion, dx, count in lesions
        for k in range(count)
    ]
    monkeypatch.setattr("monai_skin.data.datalist.load_sections", lambda folder, seed: split_grouped(items, seed=seed))
    drawn = [item["dx"] for seed in range(10) for item in load_datalist("anywhere", section, seed=seed, limit=100)]
    # the share in 1,000 images has a standard error of sqrt(0.3 * 0.7 / 1000) = 0.0145
    assert len(drawn) == 1000 and drawn.count("mel") / 1000 == pytest.approx(0.3, abs=3 * 0.0145)


def test_a_limit_draws_the_same_few_every_time(folder):
    few = load_datalist(folder, "training", limit=3)
    assert few == load_datalist(folder, "training", limit=3)
    assert len(few) == 3
    assert load_datalist(folder, "training", limit=99) == load_datalist(folder, "training")


def test_masks_of_another_folder_replace_those_of_the_data_set(folder, tmp_path):
    few = load_datalist(folder, "training", limit=2)
    for item in few:
        (tmp_path / f"{item['image_id']}.png").touch()
    masked = load_datalist(folder, "training", limit=2, masks_dir=str(tmp_path))
    assert [item["mask"] for item in masked] == [str(tmp_path / f"{item['image_id']}.png") for item in few]
    with pytest.raises(InvalidInputError, match="mask is missing"):
        load_datalist(folder, "training", masks_dir=str(tmp_path))


def test_all_is_every_section_one_after_the_other(folder):
    together = load_datalist(folder, "all")
    assert together == [item for name in SECTIONS for item in load_datalist(folder, name)]
    assert len(together) == len(read_dataset(folder))


def test_published_sections_are_kept():
    items = [{"image_id": str(n), "section": name, "dx": ""} for n, name in enumerate(SECTIONS)]
    assert {name: len(section) for name, section in share_out(items).items()} == dict.fromkeys(SECTIONS, 1)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"training": [{"label": 1}]}, "training item 1 has no image"),
        ({"training": ["a.jpg"]}, "training item 1 has no image"),
        ({"name": "nothing"}, "content has no lists"),
        ([], "content has no lists"),
    ],
)
def test_an_unusable_file_is_refused(tmp_path, content, message):
    (tmp_path / "dataset.json").write_text(json.dumps(content))
    with pytest.raises(InvalidInputError, match=f"dataset.json: {message}"):
        load_sections(tmp_path)


def test_an_unknown_section_is_refused_with_the_known(folder):
    with pytest.raises(UsageError, match="section is 'train'; expected one of training, validation, test, all"):
        load_datalist(folder, "train")


def test_the_split_that_the_published_weights_were_trained_on_has_not_changed(data_root):
    sections = load_sections(data_root / "ham10000")
    assert {name: len(section) for name, section in sections.items()} == {
        "training": 390,
        "validation": 57,
        "test": 110,
    }
    # from the first commit of the split; the weights' test scores hold for it alone
    assert [section[0]["image_id"] for section in sections.values()] == ["ISIC_0024370", "ISIC_0024505", "ISIC_0024330"]
