# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Deletion and insertion of one map in four numbers: its own two areas, and those of random heat beside them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import torch
import torch.nn as nn

from monai_skin.interpretability.default_layer import picture_streams
from monai_skin.interpretability.faithfulness import blur_picture, deletion_curve, insertion_curve
from monai_skin.interpretability.heat import enlarge_heat
from monai_skin.interpretability.network_as_function import function_of_pictures

__all__ = ["RemovalAreas", "removal_areas"]

_STEPS = 20
_CELL = 32  # pixels a side of the random heat, about those of a last map
_BLUR = 10  # a tenth of the shorter side leaves the colours of skin and lesion


class RemovalAreas(NamedTuple):
    """Areas under the probability of a class while pixels go or come, in [0, 1].

    Attributes:
        deletion: hot pixels go first; small where the map is faithful.
        insertion: hot pixels come first; large where the map is faithful.
        random_deletion: the same for random heat on the same picture.
        random_insertion: likewise.
    """

    deletion: float
    insertion: float
    random_deletion: float
    random_insertion: float


def removal_areas(
    network: nn.Module,
    inputs: Mapping[str, torch.Tensor],
    target: int,
    heat: torch.Tensor,
    *,
    seed: int = 0,
    stream: str | None = None,
) -> RemovalAreas:
    """Measure a map by :func:`deletion_curve` and :func:`insertion_curve`, in 20 steps, against a blurred picture.

    Where a network looks at a picture and at the outlined lesion in it, pixels go from both at once; a photograph and
    an ultrasound picture do not lie on each other, so of those it is one.

    Args:
        network: a classifier of this project.
        inputs: its arguments by name, of one item.
        target: class.
        heat: ``(H, W)`` of the pictures' size.
        seed: of the random heat, which has cells of 32 pixels and is interpolated like any map.
        stream: of a network of pairs, the picture the map is of; None is the photograph.
    """
    keys = picture_streams(network)
    if "ultrasound" in keys:
        keys = (stream or keys[0],)
    given = {"segmented": inputs["image"], **inputs} if "segmented" in keys else dict(inputs)
    function = function_of_pictures(network, given, target, keys)
    picture = torch.cat([given[key] for key in keys], dim=1)[0]
    rows, columns = picture.shape[1:]
    blurred = blur_picture(picture, sigma=min(rows, columns) / _BLUR)
    cells = (1, max(2, rows // _CELL), max(2, columns // _CELL))
    noise = torch.rand(cells, generator=torch.Generator().manual_seed(seed))
    maps = (heat.to(picture.device), enlarge_heat(noise, (rows, columns))[0].to(picture.device))
    areas = [
        curve(function, picture, one, blurred, steps=_STEPS).area
        for one in maps
        for curve in (deletion_curve, insertion_curve)
    ]
    return RemovalAreas(*areas)
