# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Which process writes."""

from __future__ import annotations

import torch.distributed as dist

from monai_skin.handlers import is_main_process


def test_the_only_process_writes():
    assert is_main_process()


def test_of_several_processes_only_the_first_writes(monkeypatch):
    monkeypatch.setattr(dist, "is_initialized", lambda: True)
    for rank, writes in ((0, True), (1, False)):
        monkeypatch.setattr(dist, "get_rank", lambda rank=rank: rank)
        assert is_main_process() is writes
