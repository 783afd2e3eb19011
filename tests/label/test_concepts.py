# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest

from monai_skin.concepts import build_proposer, preset
from monai_skin.errors import UsageError
from monai_skin.io import read_image
from monai_skin.label.concepts import ConceptFinder
from tests.concepts import small_models


def test_with_weights_the_concepts_are_those_of_grounding_dino_and_sam(pictures, tmp_path):
    small_models.save_detector(tmp_path / "grounding-dino-base")
    small_models.save_sam(tmp_path / "sam-vit-base")
    found = ConceptFinder("grounded-sam-base", tmp_path).find(pictures[0], None)
    own = build_proposer(preset("grounded-sam-base", tmp_path)).propose(read_image(pictures[0]))
    assert found["proposer"] == "grounded-sam-base" and "about" not in found
    assert len(found["concepts"]) == len(own)
    np.testing.assert_allclose(sorted(row["score"] for row in found["concepts"]), sorted(own.scores), atol=1e-4)


def test_the_surest_come_first(pictures):
    scores = [row["score"] for row in ConceptFinder("proxy", None).find(pictures[0], None)["concepts"]]
    assert scores == sorted(scores, reverse=True) and len(scores) > 1


def test_unknown_concepts_are_refused(tmp_path):
    with pytest.raises(UsageError, match="proposer is 'best'"):
        ConceptFinder("best", tmp_path)
