# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Which of several training processes writes files."""

from __future__ import annotations

import torch.distributed as dist

__all__ = ["is_main_process"]


def is_main_process() -> bool:
    """True in the only process, or in rank 0 of several."""
    return not dist.is_initialized() or dist.get_rank() == 0
