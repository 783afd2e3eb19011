# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""A small bundle and pictures, and what an app would ask with."""

from __future__ import annotations

import pytest

from monai_skin.label import Answers, WorkerSettings
from tests.small_bundle import make_bundle, make_diagnosis_bundle, make_pictures


@pytest.fixture(scope="session")
def bundle(tmp_path_factory):
    return make_bundle(tmp_path_factory.mktemp("label") / "outlines")


@pytest.fixture(scope="session")
def diagnosis_bundle(tmp_path_factory):
    return make_diagnosis_bundle(tmp_path_factory.mktemp("label") / "classes")


@pytest.fixture(scope="session")
def pictures(tmp_path_factory):
    return make_pictures(tmp_path_factory.mktemp("label") / "pictures", 4)


@pytest.fixture
def answers(bundle, diagnosis_bundle, tmp_path):
    settings = WorkerSettings(tmp_path / "models", bundle=bundle, diagnosis_bundle=diagnosis_bundle, device="cpu")
    return Answers(settings)
