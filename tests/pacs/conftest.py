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
    if request.node.get_closest_marker("filterwarnings"):
        gc.collect()
