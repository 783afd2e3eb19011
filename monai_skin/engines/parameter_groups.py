# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Which parameters learn how fast, and which are kept small."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch.nn as nn

from monai_skin.errors import UsageError

__all__ = ["parameter_groups"]


def parameter_groups(
    network: nn.Module,
    *,
    learning_rate: float,
    encoder_learning_rate: float,
    weight_decay: float,
    encoder_names: Sequence[str] = ("encoder",),
) -> list[dict[str, Any]]:
    """Groups for the ``params`` of a PyTorch optimizer: pretrained encoders learn more slowly than new layers.

    Weight decay is for the matrices and kernels alone. It would pull the scales of norms, biases, embeddings and tokens
    towards 0, where none of them belongs.

    Args:
        network: frozen parameters are left out.
        learning_rate: of the new layers.
        encoder_learning_rate: of the encoders.
        weight_decay: of kernels and matrices.
        encoder_names: the encoders as the network calls them, such as ``encoder`` or ``image.backbone``; one that the
            network was built without, and is None there, is passed over.

    Returns:
        At most four groups with ``params``, ``lr`` and ``weight_decay``, new layers first.

    Raises:
        UsageError: when the network has no module of a name.
    """
    modules = dict(network.named_modules())
    unknown = [name for name in encoder_names if name not in modules and getattr(network, name, ...) is not None]
    if unknown:
        children = ", ".join(name for name, _ in network.named_children())
        raise UsageError.about("optimizer", "encoder_names", f"has {unknown[0]!r}", expected=f"such as {children}")
    rates = {False: learning_rate, True: encoder_learning_rate}
    groups: dict[tuple[bool, bool], list[nn.Parameter]] = {
        (encoder, decays): [] for encoder in (False, True) for decays in (True, False)
    }
    for name, parameter in network.named_parameters():
        if parameter.requires_grad:
            owner, _, last = name.rpartition(".")
            encoder = any(name.startswith(f"{prefix}.") for prefix in encoder_names)
            groups[encoder, _decays(modules[owner], last, parameter)].append(parameter)
    return [
        {"params": members, "lr": rates[encoder], "weight_decay": weight_decay if decays else 0.0}
        for (encoder, decays), members in groups.items()
        if members
    ]


def _decays(owner: nn.Module, name: str, parameter: nn.Parameter) -> bool:
    """Whether a parameter is a matrix or a kernel, also by what its owner calls it."""
    # a scale over the channels may be written (1, 1, 1, C)
    vector = parameter.ndim < 2 or (parameter.ndim > 2 and parameter.shape[-1] == parameter.numel())
    return name.endswith("weight") and not vector and not isinstance(owner, nn.Embedding | nn.EmbeddingBag)
