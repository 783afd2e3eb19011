# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""A picture classified in all the ways it can lie on the table."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal

import torch
from monai.inferers import Inferer, SimpleInferer

from monai_skin.errors import UsageError

__all__ = ["DihedralInferer"]

_SIDES = ((), (-1,), (-2,), (-2, -1))  # which sides are turned over: none, left and right, top and bottom, both


class DihedralInferer(Inferer):
    """Average a classifier's probabilities over mirror images and quarter turns: the eight of the dihedral group.

    A lesion has no top. Every further tensor of four dimensions and the image's size, such as ``segmented``, is turned
    along; metadata is not. It takes as many network calls as there are views. How far the views are apart is what
    :class:`monai_skin.handlers.MeasureViewSpread` measures.

    Args:
        inferer: what calls the network; MONAI's ``SimpleInferer`` if None.
        views: 8; or 4, which leaves out those that exchange rows and columns, for networks that need their own shape of
            a picture that is not square; or 1, which gives the network's own logits.

    Raises:
        UsageError: another number of views.
        ValueError: from a call, if the network does not give logits of classes.
    """

    def __init__(self, inferer: Inferer | None = None, *, views: Literal[1, 4, 8] = 8) -> None:
        super().__init__()
        if views not in (1, 4, 8):
            raise UsageError.about("inferer", "views", f"is {views!r}", expected="1, 4 or 8")
        self.inferer, self.views = inferer or SimpleInferer(), views

    def __call__(
        self, inputs: torch.Tensor, network: Callable[..., torch.Tensor], *args: Any, **kwargs: Any
    ) -> torch.Tensor:
        """Return the logarithm of the mean probabilities, ``(B, K)`` float32, whose softmax is that mean."""
        if self.views == 1:
            return self.inferer(inputs, network, *args, **kwargs)
        shape = inputs.shape[2:]
        logs = []
        for view in range(self.views):
            output = self.inferer(
                _turned(inputs, shape, view),
                network,
                *(_turned(value, shape, view) for value in args),
                **{name: _turned(value, shape, view) for name, value in kwargs.items()},
            )
            if output.ndim != 2:
                raise ValueError(f"network gives shape {tuple(output.shape)}; expected logits (B, K)")
            logs.append(output.float().log_softmax(dim=1))
        return torch.stack(logs).logsumexp(dim=0) - math.log(self.views)


def _turned(value: Any, shape: torch.Size, view: int) -> Any:
    """One of the eight views of a picture; anything else as it is."""
    if not isinstance(value, torch.Tensor) or value.ndim != 4 or value.shape[2:] != shape:
        return value
    picture = value.as_subclass(torch.Tensor).flip(_SIDES[view % 4])
    if view >= 4:
        picture = picture.transpose(-2, -1)
    return picture.contiguous(memory_format=torch.channels_last)
