# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest

from monai_skin.errors import InvalidInputError
from monai_skin.io import image_size, read_mask
from monai_skin.label import Answers, Clicks, WorkerSettings
from monai_skin.label.sam_outliner import SamOutliner, box_around
from tests.concepts import small_models


@pytest.fixture(scope="module")
def sam(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "sam-tiny"
    small_models.save_sam(folder)
    return folder


def test_its_outline_is_that_of_its_segmenter_and_may_be_overruled(sam):
    pixels = np.random.default_rng(0).integers(0, 256, (3, 40, 60), np.uint8)
    outliner = SamOutliner(sam)
    found = outliner.probability(pixels, (10, 5, 50, 30))
    assert found.shape == (40, 60) and set(np.unique(found)) <= {np.float32(0.1), np.float32(0.9)}
    encoded = outliner.segmenter.encode(pixels, (40, 60))
    (segment,) = outliner.segmenter.segment(encoded, np.array([[10, 5, 50, 30]], np.float32))
    np.testing.assert_array_equal(found > 0.5, segment.mask)


def test_clicks_are_heeded_whatever_sam_sees(sam, bundle, pictures, tmp_path):
    answers = Answers(WorkerSettings(tmp_path, bundle=bundle, sam=sam, device="cpu"))
    rows, columns = image_size(pictures[0])
    question = {"do": "refine", "image": str(pictures[0]), "out": str(tmp_path / "mask.png")}
    answers.ask({**question, "foreground": [[9, 9]], "background": [[columns - 9, rows - 9]]})
    mask = read_mask(tmp_path / "mask.png")
    assert mask[9, 9] and not mask[rows - 9, columns - 9]


def test_the_box_is_the_drawn_one_or_lies_around_outline_and_clicks():
    mask = np.zeros((20, 30), np.bool_)
    assert box_around(mask, Clicks(box=(1, 2, 3, 4))) == (1, 2, 3, 4)
    assert box_around(mask, Clicks(foreground=((4, 4),))) == (0, 0, 29, 19), "one point is no box"
    mask[5:9, 10:14] = True
    assert box_around(mask, Clicks(foreground=((20, 2),))) == (10, 2, 20, 8)


def test_another_model_is_refused(tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(InvalidInputError, match="model_type is 'bert'; expected sam or sam2"):
        SamOutliner(tmp_path)
