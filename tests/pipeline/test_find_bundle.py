# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Where a bundle is looked for."""

from __future__ import annotations

import pytest

from monai_skin.errors import InvalidInputError
from monai_skin.pipeline import find_bundle
from tests.small_bundle import BUNDLES


def test_a_checkout_has_its_own(monkeypatch):
    monkeypatch.delenv("MONAI_SKIN_BUNDLES", raising=False)
    assert find_bundle("lesion_segmentation") == BUNDLES / "lesion_segmentation"


def test_the_environment_comes_before_and_the_hand_before_both(monkeypatch, tmp_path):
    for name in ("shelf/lesion_segmentation", "mine"):
        (tmp_path / name / "configs").mkdir(parents=True)
    monkeypatch.setenv("MONAI_SKIN_BUNDLES", str(tmp_path / "shelf"))
    assert find_bundle("lesion_segmentation") == tmp_path / "shelf" / "lesion_segmentation"
    assert find_bundle("lesion_segmentation", tmp_path / "mine") == tmp_path / "mine"


def test_a_folder_without_configs_is_refused_by_name_only(tmp_path):
    with pytest.raises(InvalidInputError, match="empty: bundle has no configs folder") as caught:
        find_bundle("lesion_segmentation", tmp_path / "empty")
    assert str(tmp_path) not in str(caught.value)
