# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Fixtures for files; everything else is made in the test that needs it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def data_root() -> Path:
    """The folder of real test images: MONAI_SKIN_TEST_DATA, or the one beside the checkout."""
    root = Path(os.environ.get("MONAI_SKIN_TEST_DATA") or ROOT.parent / "shared" / "data")
    if not root.is_dir():
        pytest.skip("needs the real test images: set MONAI_SKIN_TEST_DATA to their folder")
    return root
