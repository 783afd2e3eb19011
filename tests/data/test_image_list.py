# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""What a person may name, and what ids the pictures get."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monai_skin.data import list_images
from monai_skin.data.image_list import _unique_ids
from monai_skin.errors import InvalidInputError, UsageError


def touch(*paths):
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def ids(*inputs):
    return [item["image_id"] for item in list_images(inputs)]


def test_f1_two_inputs_of_one_name_get_two_ids(tmp_path):
    touch(tmp_path / "a" / "img.png", tmp_path / "b" / "img.png")
    assert ids(tmp_path / "a" / "img.png", tmp_path / "b" / "img.png") == ["a_img", "b_img"]


def test_f1_one_stem_in_two_formats_and_in_two_cases_gets_two_ids(tmp_path):
    touch(tmp_path / "img.png", tmp_path / "img.jpg", tmp_path / "IMG.tif")
    assert len({name.casefold() for name in ids(tmp_path)}) == 3


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from("aAb."), st.sampled_from(["x", "X", "x y", "x_y", "é", "é"])), max_size=9))
def test_f1_ids_differ_without_regard_to_case_whatever_the_paths(parts):
    from pathlib import Path

    named = [(Path("/", folder, f"{stem}.png"), "") for folder, stem in dict.fromkeys(parts)]
    found = _unique_ids(named) if named else []
    assert len({name.casefold() for name in found}) == len(named)
    assert all(name and "/" not in name and not name.startswith(".") for name in found)


def test_f1_formats_beside_each_other_are_told_apart_without_naming_their_folder(tmp_path):
    for name in ("a.jpg", "a.png", "b.png"):
        (tmp_path / name).write_bytes(b"")
    assert [item["image_id"] for item in list_images(tmp_path)] == ["a_jpg", "a_png", "b"]


def test_a_folder_is_searched_to_the_bottom_in_natural_order_without_masks_and_hidden_files(tmp_path):
    touch(*(tmp_path / name for name in ["deep/x2.jpg", "deep/x10.jpg", "deep/x2_segmentation.png", ".h.jpg", "t.txt"]))
    touch(tmp_path / "deep" / "x2_attribute_streaks.png", tmp_path / "deep" / "x2_superpixels.png")
    assert ids(tmp_path) == ["x2", "x10"]


def test_a_mask_that_is_named_itself_is_taken(tmp_path):
    touch(tmp_path / "x_segmentation.png")
    assert ids(tmp_path / "x_segmentation.png") == ["x_segmentation"]


def test_the_order_is_that_of_the_inputs_and_nothing_is_listed_twice(tmp_path):
    touch(tmp_path / "a.jpg", tmp_path / "b.jpg", tmp_path / "c.jpg")
    assert ids(tmp_path / "c.jpg", tmp_path / "[ab].jpg", tmp_path) == ["c", "a", "b"]


def test_a_table_gives_paths_ids_and_metadata(tmp_path):
    touch(tmp_path / "pictures" / "a.jpg")
    table = tmp_path / "list.csv"
    table.write_text("image,image_id,age,sex\npictures/a.jpg,../first,30,F\n")
    (item,) = list_images(table)
    assert (item["image_id"], item["age"], item["sex"]) == ("first", 30.0, "female")
    assert item["file"] == item["image"] == str(tmp_path / "pictures" / "a.jpg")


def test_a_table_without_pictures_or_with_an_impossible_value_is_refused(tmp_path):
    (tmp_path / "list.csv").write_text("name\na\n")
    with pytest.raises(UsageError, match=r"list\.csv: has no column of pictures; expected one of image, file, path"):
        list_images(tmp_path / "list.csv")
    for line, problem in (("b.jpg,300,back", "age is 300"), ("b.jpg,30,bakc", "site is 'bakc'")):
        (tmp_path / "list.csv").write_text(f"image,age,site\na.jpg,30,back\n{line}\n")
        with pytest.raises(InvalidInputError, match=rf"^list\.csv row 3, b: {problem}.*; expected ") as caught:
            list_images(tmp_path / "list.csv")
        assert (caught.value.source, caught.value.field) == ("b", problem.split()[0])


def test_masks_of_a_folder_go_to_their_pictures_and_a_picture_may_have_none(tmp_path):
    touch(*(tmp_path / "pictures" / name for name in ("a.jpg", "b.jpg")), tmp_path / "masks" / "a.png")
    first, second = list_images(tmp_path / "pictures", masks_dir=tmp_path / "masks")
    assert first["mask"] == str(tmp_path / "masks" / "a.png")
    assert "mask" not in second
    assert all("mask" not in item for item in list_images(tmp_path / "pictures"))


def test_what_does_not_exist_or_holds_no_picture_is_refused(tmp_path):
    with pytest.raises(UsageError, match=r"nope\.jpg: does not exist"):
        list_images(tmp_path / "nope.jpg")
    with pytest.raises(UsageError, match="holds no picture"):
        list_images(tmp_path)


def test_names_are_written_in_one_unicode_form(tmp_path):
    touch(tmp_path / (unicodedata.normalize("NFD", "é") + ".jpg"))
    assert ids(tmp_path) == ["é"]
