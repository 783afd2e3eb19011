# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The integrity report: every problem, at once, in words."""

from __future__ import annotations

import json
import shutil
import unicodedata

import numpy as np
import pytest

from monai_skin.data import KINDS, Finding, Report, check_dataset, load_sections, read_dataset, write_phantoms
from monai_skin.errors import InvalidInputError
from monai_skin.io import read_image, write_image, write_mask


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    folder = tmp_path_factory.mktemp("source")
    write_phantoms(folder, 10, seed=1, size=(64, 96))
    return folder


@pytest.fixture
def folder(source, tmp_path):
    shutil.copytree(source, tmp_path / "set")
    return tmp_path / "set"


def check(data, **words) -> Report:
    return check_dataset(data, progress=False, **words)


def texts(report, kind):
    return [finding.text for finding in report.findings if finding.kind == kind]


def image(folder, number):
    return folder / "images" / f"PHANTOM_{number:07d}.jpg"


def mask(folder, number):
    return folder / "masks" / f"PHANTOM_{number:07d}_segmentation.png"


def test_a_sound_data_set_has_no_findings(folder):
    report = check(read_dataset(folder))
    assert (report.findings, report.exit_code, report.items) == ((), 0, 10)
    assert report.to_text() == "10 items, 0 errors, 0 warnings"


def test_a12_a_mask_of_another_size_than_its_image_is_named_with_both_sizes(folder):
    write_mask(mask(folder, 2), np.eye(32, 48, dtype=bool))
    report = check(read_dataset(folder))
    (text,) = texts(report, "mask_size")
    assert text.startswith("PHANTOM_0000002: mask is 32 x 48 pixels; expected 64 x 96")
    assert report.exit_code == 3


def test_a14_a_mask_with_many_values_and_an_inverted_one_are_refused_and_an_empty_one_is_named(folder):
    grey = np.tile(np.arange(96, dtype=np.uint8), (3, 64, 1))
    write_image(mask(folder, 0), grey)
    inverted = np.ones((64, 96), bool)
    inverted[20:40, 30:60] = False
    write_mask(mask(folder, 1), inverted)
    write_mask(mask(folder, 2), np.zeros((64, 96), bool))
    report = check(read_dataset(folder))
    assert [finding.item for finding in report.findings if finding.kind == "unreadable_mask"] == [
        "PHANTOM_0000000",
        "PHANTOM_0000001",
    ]
    assert texts(report, "empty_mask")[0].startswith("PHANTOM_0000002: mask is empty")


def test_b5_two_rows_for_one_image_are_named_with_both(folder):
    items = read_dataset(folder)
    report = check([*items, dict(items[0]), {**items[1], "dx": "nv", "age": 3.0}], pictures=False)
    assert "rows are the same in items 1 and 11" in texts(report, "duplicate_row")[0]
    assert "rows differ in age, dx between items 2 and 12" in texts(report, "conflicting_rows")[0]
    assert report.exit_code == 9


def test_b6_a_lesion_in_two_sections_is_named_with_both(folder):
    items = read_dataset(folder)  # every fourth picture is a second view of the lesion before it
    report = check({"training": items[:3], "test": items[3:]}, pictures=False)
    (text,) = texts(report, "group_in_two_sections")
    assert text.startswith(
        "PHANTOM_LESION_0000002: lesion_id is in training (PHANTOM_0000002) and test (PHANTOM_0000003)"
    )
    assert report.exit_code == 9


def test_b6_the_same_bytes_and_the_same_look_under_two_lesions_are_found(folder):
    shutil.copy(image(folder, 0), image(folder, 5))
    pixels = read_image(image(folder, 1)).pixels
    write_image(image(folder, 6), np.clip(pixels.astype(int) + 2, 0, 255).astype(np.uint8))
    items = read_dataset(folder)
    report = check({"training": items[:5], "test": items[5:]})
    (same,) = texts(report, "same_bytes_in_two_groups")
    assert same.startswith("PHANTOM_0000000: image has the very bytes of PHANTOM_0000005 (test)")
    (near,) = texts(report, "near_duplicate")
    assert near.startswith("PHANTOM_0000001: image looks like PHANTOM_0000006 (test)")
    assert near.endswith("although it is in training; expected one lesion_id if it is one lesion")


def test_b7_a_class_absent_from_a_section_is_named(folder):
    report = check(load_sections(folder), pictures=False)
    assert set(report.counts) == {"class_absent"}
    assert any("df: class has no image in" in text for text in texts(report, "class_absent"))
    assert report.exit_code == 0


@pytest.mark.parametrize("label", [-1, 7, 1.5, "1", None, True])
def test_b8_a_label_outside_the_classes_is_found_before_training(folder, label):
    items = read_dataset(folder)
    items[3]["label"] = label
    report = check(items, num_classes=7, pictures=False)
    assert texts(report, "unknown_label") == [
        f"PHANTOM_0000003: label is {label!r}; expected a whole number from 0 to 6"
    ]
    assert report.exit_code == 3


def test_b8_a_diagnosis_nobody_knows_is_found(folder):
    items = read_dataset(folder)
    items[3]["dx"] = "flu"
    assert "PHANTOM_0000003: dx is 'flu'; expected" in texts(check(items, pictures=False), "unknown_label")[0]


def test_b9_missing_extra_and_almost_right_names_come_in_one_report(folder):
    image(folder, 0).unlink()
    image(folder, 1).rename(image(folder, 1).with_suffix(".JPG"))
    items = read_dataset(folder)
    items[1]["image"] = str(image(folder, 1))
    accent = image(folder, 2).with_name(unicodedata.normalize("NFD", "é") + ".jpg")
    image(folder, 2).rename(accent)
    items[2]["image"] = str(accent.with_name(unicodedata.normalize("NFC", accent.name)))
    shutil.copy(image(folder, 4), folder / "images" / "stranger.jpg")
    mask(folder, 5).unlink()
    items[6].pop("mask")
    report = check(items)
    assert report.counts == {
        "missing_file": 2,
        "case_differs": 1,
        "unicode_differs": 1,
        "extra_file": 2,
        "missing_mask": 1,
    }
    assert report.exit_code == 3
    assert texts(report, "case_differs")[0].startswith("PHANTOM_0000001: image PHANTOM_0000001.jpg is there in other")


def test_damage_is_reported_for_every_picture_and_stops_nothing(folder):
    for number in (1, 4):
        data = image(folder, number).read_bytes()
        image(folder, number).write_bytes(data[: len(data) // 2])
    report = check(read_dataset(folder))
    assert [finding.item for finding in report.errors] == ["PHANTOM_0000001", "PHANTOM_0000004"]
    assert {finding.kind for finding in report.errors} == {"unreadable_image"}


def test_rows_that_a_reader_refused_and_copies_by_name_are_in_the_report():
    problem = InvalidInputError.about("a", "age", "is -3", expected="more")
    items = [{"image": "/nowhere/b_downsampled.jpg", "image_id": "b_downsampled", "dx": ""}]
    report = check(items, problems=[problem])
    assert report.findings[0] == Finding("a", "age", "unusable_row", "a: age is -3; expected more")
    assert set(report.counts) == {"unusable_row", "downsampled_copy", "missing_file"}


def test_a_lesion_with_two_diagnoses_is_named(folder):
    items = read_dataset(folder)
    items[3]["dx"] = "nv" if items[2]["dx"] != "nv" else "mel"
    assert check(items, pictures=False).counts == {"two_diagnoses_in_a_lesion": 1}


def test_the_report_is_plain_json_and_its_text_stays_short():
    report = Report(40, tuple(Finding.about(f"i{n}", "x", "empty_mask", "is empty", expected="y") for n in range(30)))
    plain = json.loads(json.dumps(report.to_json()))
    assert plain["counts"] == {"empty_mask": 30}
    assert plain["findings"][0]["severity"] == "warning"
    assert report.to_text(most=2).splitlines()[-1] == "  and 28 more"


def test_every_kind_has_an_exit_code_of_the_table():
    assert set(KINDS.values()) == {0, 3, 9}


def test_real_dermoscopy_images_have_no_findings(data_root):
    items = read_dataset(data_root / "dermoscopy_seg")
    chosen = [item for item in items if item["image_id"] < "ISIC_0000060"]
    report = check(chosen)
    assert [finding for finding in report.findings if finding.kind != "extra_file"] == []
