# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Masks that a network drew, given to the items they belong to."""

from __future__ import annotations

import pytest

from monai_skin.data import attach_masks
from monai_skin.errors import InvalidInputError, UsageError


@pytest.fixture
def masks(tmp_path):
    folder = tmp_path / "masks"
    folder.mkdir()
    (folder / "a.png").touch()
    return folder


def test_each_item_gets_the_file_of_its_image_id_in_place_of_its_own_mask(masks):
    items = [{"image_id": "a", "image": "a.jpg", "mask": "by_hand.png"}]
    assert attach_masks(items, masks) == [{"image_id": "a", "image": "a.jpg", "mask": str(masks / "a.png")}]
    assert items[0]["mask"] == "by_hand.png", "the items handed in stay as they are"


def test_a_missing_file_is_refused_with_the_image_and_the_field(masks):
    with pytest.raises(InvalidInputError, match=r"^b: mask is missing from the folder masks; expected a file b\.png$"):
        attach_masks([{"image_id": "a"}, {"image_id": "b"}], masks)


def test_where_the_whole_picture_may_stand_in_a_missing_file_leaves_no_mask(masks):
    items = [{"image_id": "a"}, {"image_id": "b", "mask": "by_hand.png"}]
    assert attach_masks(items, str(masks), missing="whole") == [
        {"image_id": "a", "mask": str(masks / "a.png")},
        {"image_id": "b"},
    ]


def test_another_word_for_what_is_missing_is_refused(masks):
    with pytest.raises(UsageError, match="missing is 'skip'; expected raise or whole"):
        attach_masks([], masks, missing="skip")
