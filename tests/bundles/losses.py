# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""A loss that goes wrong, for tests."""

from __future__ import annotations

import torch


class NanLoss(torch.nn.Module):
    """Not a number, whatever it is given."""

    def forward(self, logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        return (logits * float("nan")).mean()
