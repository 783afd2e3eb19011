# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Settings by name, and what they build."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monai_skin.concepts import (
    PRESETS,
    GroundedSamProposer,
    ProxyProposer,
    Sam2Segmenter,
    build_proposer,
    in_weights,
    preset,
)
from monai_skin.errors import UsageError


def test_each_model_is_looked_for_in_the_folder_of_its_name(tmp_path):
    placed = in_weights(PRESETS["grounded-sam"], tmp_path)
    assert placed == preset("grounded-sam", tmp_path)
    assert placed.detector.folder == str(tmp_path / "grounding-dino-base")
    assert placed.segmenter.folder == str(tmp_path / "sam-vit-huge")
    with pytest.raises(UsageError, match="proposer is 'sam'; expected one of grounded-sam, grounded-sam-large"):
        preset("sam", tmp_path)


def test_sam_2_is_built_by_its_name(weights):
    proposer = build_proposer(preset("grounded-sam2-large", weights))
    assert isinstance(proposer, GroundedSamProposer) and isinstance(proposer.segmenter, Sam2Segmenter)


def test_settings_of_proxy_concepts_build_them_again_and_those_of_another_version_are_refused():
    settings = ProxyProposer(weights=False).settings
    assert build_proposer(settings).settings == settings
    with pytest.raises(UsageError, match="settings: detector is not that of proxy concepts here; expected"):
        build_proposer(replace(settings, detector=replace(settings.detector, name="regions 0")))


def test_kinds_that_do_not_go_together_are_refused():
    model = PRESETS["grounded-sam"].segmenter
    with pytest.raises(UsageError, match="detector and segmenter are sam and sam; expected grounding_dino with sam"):
        build_proposer(replace(PRESETS["grounded-sam"], detector=model))
