# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Proxy concepts: the same for the same picture, labelled, and in pixels of the picture that was given."""

from __future__ import annotations

import numpy as np
import pytest

from monai_skin.concepts import ConceptProposer, ProxyProposer
from monai_skin.io import Picture


@pytest.fixture(scope="module")
def proposer() -> ConceptProposer:
    return ProxyProposer(weights=False)


def test_the_same_picture_gives_the_same_concepts_and_the_lesion_leads(proposer, photograph):
    first, second = (proposer.propose(Picture(photograph, (48, 40))) for _ in range(2))
    np.testing.assert_array_equal(first.vectors, second.vectors)
    assert first.runs[0].tolist() == second.runs[0].tolist()
    assert first.phrase(0) == "lesion" and first.vectors.shape[1] == 256 and len(first) <= 30
    found, known = first.mask(0), np.zeros((48, 40), bool)
    known[10:30, 8:24] = True
    assert (found & known).sum() / (found | known).sum() > 0.8
    assert proposer.settings.is_proxy and proposer.settings.as_json()["label"] == "proxy concepts"


def test_a_reduced_picture_gives_boxes_and_masks_of_the_full_one(proposer, photograph):
    reduced = proposer.propose(Picture(photograph, (480, 400)))
    assert reduced.size == (480, 400) and reduced.mask(0).shape == (480, 400)
    down, across = np.nonzero(reduced.mask(0))
    outer = [across.min(), down.min(), across.max() + 1, down.max() + 1]
    np.testing.assert_allclose(reduced.boxes[0], outer, atol=1.01)


def test_a_given_outline_is_the_lesion(proposer, photograph):
    outline = np.zeros((48, 40), bool)
    outline[:12, 20:] = True
    found = proposer.propose(Picture(photograph, (48, 40)), outline)
    assert (found.mask(0) != outline).mean() < 0.02 and found.phrase(0) == "lesion"
