# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""A network in evaluation mode for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch.nn as nn

__all__ = ["evaluating"]


@contextmanager
def evaluating(network: nn.Module) -> Iterator[None]:
    """Switch dropout and batch statistics off, and give every layer its own mode back afterwards.

    MONAI's ``eval_mode`` sets all layers to training when it ends, also those that had been kept from it.
    """
    modes = [(module, module.training) for module in network.modules()]
    network.eval()
    try:
        yield
    finally:
        for module, mode in modes:
            module.training = mode
