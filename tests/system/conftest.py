# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""What every test with peers of pynetdicom needs."""

from __future__ import annotations

import gc

import pytest


@pytest.fixture(autouse=True)
def _collect_sockets(request):
    """pynetdicom leaves sockets of refused connections to the collector; it should come while that is allowed."""
    yield
    marks = request.node.iter_markers("filterwarnings")
    if any("PytestUnraisableExceptionWarning" in mark.args[0] for mark in marks):
        gc.collect()
