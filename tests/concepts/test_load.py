# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""An item gets the concepts of its picture while it still holds the path."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import torch
from monai.transforms import Compose

from monai_skin.concepts import ConceptCache, LoadConceptsd
from monai_skin.errors import InvalidInputError, UsageError
from monai_skin.io import StandIn, sha256_of, write_image
from monai_skin.transforms import LoadDermoscopyd


@pytest.fixture
def item(tmp_path, settings, concepts):
    write_image(tmp_path / "picture.png", np.full((3, 4, 6), 99, np.uint8))
    cache = ConceptCache(tmp_path / "cache", settings)
    cache.prepare()
    cache.write(concepts.of_file(sha256_of(tmp_path / "picture.png")))
    return {"image": str(tmp_path / "picture.png"), "image_id": "picture"}


def test_the_concepts_are_added_and_the_picture_is_loaded_afterwards(item, concepts, tmp_path):
    load = LoadConceptsd("image", cache=tmp_path / "cache")
    out = Compose([pickle.loads(pickle.dumps(load)), LoadDermoscopyd("image")])(item)
    for key, expected in (
        ("concepts", concepts.vectors),
        ("concept_boxes", concepts.boxes),
        ("concept_scores", concepts.scores),
    ):
        assert type(out[key]) is torch.Tensor and out[key].dtype == torch.float32
        np.testing.assert_array_equal(out[key].numpy(), expected)
    assert out["image"].shape == (3, 4, 6) and item["image"].endswith("picture.png")


def test_a_picture_that_moved_is_found_again(item, tmp_path):
    moved = tmp_path / "elsewhere.png"
    moved.write_bytes((tmp_path / "picture.png").read_bytes())
    assert LoadConceptsd("image", cache=tmp_path / "cache")({"image": moved})["concepts"].shape == (2, 256)


def test_a_picture_that_is_loaded_already_is_refused(item, tmp_path):
    with pytest.raises(InvalidInputError, match=r"picture: image is \w+; expected a path: LoadConceptsd stands in fr"):
        LoadConceptsd("image", cache=tmp_path / "cache")(LoadDermoscopyd("image")(item))


def test_the_cache_is_looked_for_at_the_first_item_and_one_key_is_taken(item, tmp_path):
    late = LoadConceptsd("image", cache=tmp_path / "not_yet")
    with pytest.raises(InvalidInputError, match="not_yet: concepts are not there"):
        late(item)
    with pytest.raises(UsageError, match="keys are 2"):
        LoadConceptsd(["image", "mask"], cache=tmp_path)


def test_a_stand_in_for_a_broken_picture_has_one_concept_of_zeros_as_wide_as_the_others(item, tmp_path):
    out = LoadConceptsd("image", cache=tmp_path / "cache")({"image": StandIn(b"grey"), "image_id": "broken"})
    assert out["concepts"].tolist() == [[0.0] * 256] and out["concept_boxes"].shape == (1, 4)
