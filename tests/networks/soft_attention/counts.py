# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Parameters as Keras counts them, on which the published totals rest."""

from __future__ import annotations

import torch.nn as nn


def keras_parameters(network: nn.Module) -> int:
    """Every parameter, and the moving mean and variance of batch norms."""
    moving = (b for name, b in network.named_buffers() if name.endswith(("running_mean", "running_var")))
    return sum(tensor.numel() for tensor in (*network.parameters(), *moving))
