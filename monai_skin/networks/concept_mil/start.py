# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""How the layers of this network begin."""

from __future__ import annotations

import torch.nn as nn

__all__ = ["kaiming_start"]


def kaiming_start(part: nn.Module) -> None:
    """Kaiming-uniform weights and biases of 0 in every linear and convolutional layer of ``part``.

    As the public code of the action-localisation network CO2-Net begins, whose classifier and pooling ours are after.
    """
    for layer in part.modules():
        if isinstance(layer, nn.Linear | nn.Conv1d):
            nn.init.kaiming_uniform_(layer.weight)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
