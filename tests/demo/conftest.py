# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Models of few weights, and a picture."""

from __future__ import annotations

import pytest

from monai_skin.demo import Models
from tests.small_bundle import make_bundle, make_diagnosis_bundle, make_pictures


@pytest.fixture(scope="session")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    return Models(make_bundle(folder / "outlining"), make_diagnosis_bundle(folder / "classifying"), device="cpu")


@pytest.fixture(scope="session")
def picture(tmp_path_factory):
    (file,) = make_pictures(tmp_path_factory.mktemp("picture"), 1)
    return file
