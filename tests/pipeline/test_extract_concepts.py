# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""An extraction goes on where it was, and one broken picture stops none of the others."""

from __future__ import annotations

import numpy as np
import pytest

from monai_skin.concepts import ConceptSet, ExtractionSettings, ModelSource
from monai_skin.errors import UsageError
from monai_skin.io import write_image, write_mask
from monai_skin.pipeline import ExtractionRun, extract_concepts


class Counting:
    """One whole-image concept a picture, and a count of how many were asked for."""

    settings = ExtractionSettings(ModelSource("regions", "x"), ModelSource("encoder", "y"))
    min_side = None
    takes_outlines = True

    def __init__(self, stop_after=99):
        self.asked, self.stop_after = 0, stop_after

    def propose(self, picture, outline=None):
        if self.asked == self.stop_after:
            raise KeyboardInterrupt
        self.asked += 1
        return ConceptSet.whole_image(np.ones(256, np.float32), picture.full_size)


@pytest.fixture
def items(tmp_path):
    made = []
    for number in range(4):
        write_image(tmp_path / f"{number}.png", np.full((3, 8, 6), number, np.uint8))
        made.append({"image": str(tmp_path / f"{number}.png"), "image_id": str(number)})
    return made


def test_what_was_stopped_goes_on_and_a_torn_file_is_made_anew(items, tmp_path):
    first, second = Counting(stop_after=2), Counting()
    with pytest.raises(KeyboardInterrupt):
        extract_concepts(items, tmp_path / "cache", proposer=first, progress=False)
    done = extract_concepts(items, tmp_path / "cache", proposer=second, progress=False)
    assert isinstance(done, ExtractionRun)
    assert (first.asked, second.asked, done.extracted, done.kept) == (2, 2, 2, 2)
    torn = done.cache.path(next(iter(done.cache)))
    torn.write_bytes(torn.read_bytes()[:100])
    assert extract_concepts(items, tmp_path / "cache", proposer=second, progress=False).extracted == 1
    assert done.cache.verify() == [] and len(list(done.cache)) == 4


def test_a_broken_picture_and_a_mask_of_another_size_are_set_aside_with_their_reason(items, tmp_path):
    (tmp_path / "1.png").write_bytes(b"no picture")
    write_mask(tmp_path / "mask.png", np.zeros((5, 5), bool))
    items[2]["mask"] = str(tmp_path / "mask.png")
    done = extract_concepts(items, tmp_path / "cache", proposer=Counting(), progress=False)
    assert done.extracted == 2 and [row["image_id"] for row in done.rejected] == ["1", "2"]
    assert "2: mask has 5 x 5 pixels; expected 8 x 6 as the picture" in done.rejected[1]["reason"]


def test_another_outline_makes_concepts_anew(items, tmp_path):
    write_mask(tmp_path / "mask.png", np.eye(8, 6, dtype=bool))
    proposer = Counting()
    extract_concepts(items[:1], tmp_path / "cache", proposer=proposer, progress=False)
    outlined = [{**items[0], "mask": str(tmp_path / "mask.png")}]
    for expected in (2, 2):
        done = extract_concepts(outlined, tmp_path / "cache", proposer=proposer, progress=False)
        assert proposer.asked == expected
    assert done.cache.read(items[0]["image"]).outline_digest != ""


def test_no_picture_at_all_is_refused(tmp_path):
    with pytest.raises(UsageError, match="items is empty"):
        extract_concepts([], tmp_path, proposer=Counting())
