# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Only one of several processes writes."""

from __future__ import annotations

import pytest
import torch.distributed as dist

from monai_skin.handlers import is_main_process


def test_the_only_process_is_the_main_one():
    assert is_main_process()


@pytest.mark.parametrize(("rank", "main"), [(0, True), (1, False)])
def test_of_several_processes_the_first_is_the_main_one(rank, main, monkeypatch):
    monkeypatch.setattr(dist, "is_initialized", lambda: True)
    monkeypatch.setattr(dist, "get_rank", lambda: rank)
    assert is_main_process() is main
