# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The grain of coherent imaging, such as ultrasound: noise that grows with the brightness."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import torch
from monai.config.type_definitions import KeysCollection
from monai.transforms import MapTransform, RandomizableTransform, Transform
from monai.transforms.inverse import TraceableTransform

from monai_skin.transforms.checks import check_image, like, plain, source_of

__all__ = ["AddSpeckle", "AddSpeckled", "RandSpeckle", "RandSpeckled", "add_speckle"]

_SEEDS = 2**31


def add_speckle(image: torch.Tensor, *, sigma: float, seed: int) -> torch.Tensor:
    """Multiply each value by ``1 + sigma * n`` with ``n`` from a standard normal distribution, and clip to the range.

    Speckle is multiplicative: Loupas, McDicken and Allan, "An adaptive weighted median filter for speckle suppression
    in medical ultrasonic images", IEEE Transactions on Circuits and Systems 36(1), 1989,
    https://doi.org/10.1109/31.16577. Black stays black.

    Args:
        image: ``(C, H, W)``, uint8 or float in [0, 1].
        sigma: standard deviation of the factor; 0 changes nothing.
        seed: of the noise; the same seed gives the same noise.

    Returns:
        ``(C, H, W)``, same dtype.
    """
    noise = torch.from_numpy(np.random.default_rng(seed).standard_normal(image.shape, dtype=np.float32))
    spoiled = image.float() * (1 + sigma * noise)
    if image.dtype == torch.uint8:
        return spoiled.round().clamp(0, 255).to(torch.uint8)
    return spoiled.clamp(0, 1).to(image.dtype)


class AddSpeckle(Transform):
    """Array form of :func:`add_speckle`, which says what the arguments mean.

    Raises:
        InvalidInputError: the shape is not ``(1, H, W)`` or ``(3, H, W)``, or values are not finite or out of range.
    """

    def __init__(self, *, sigma: float = 0.05, seed: int = 0) -> None:
        if sigma < 0:
            raise ValueError(f"sigma must be 0 or more, got {sigma}")
        self.sigma, self.seed = sigma, seed

    def __call__(self, image: torch.Tensor) -> torch.Tensor:
        pixels = plain(image)
        check_image(pixels, source_of(image), channels=(1, 3))
        return like(add_speckle(pixels, sigma=self.sigma, seed=self.seed), image)


class AddSpeckled(MapTransform):
    """Dictionary form of :class:`AddSpeckle`."""

    def __init__(
        self, keys: KeysCollection, *, sigma: float = 0.05, seed: int = 0, allow_missing_keys: bool = False
    ) -> None:
        super().__init__(keys, allow_missing_keys)
        self.transform = AddSpeckle(sigma=sigma, seed=seed)

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        out = dict(data)
        for key in self.key_iterator(out):
            out[key] = self.transform(out[key])
        return out


class RandSpeckle(RandomizableTransform, TraceableTransform):
    """Draw an amount and a seed, then apply :class:`AddSpeckle` with them.

    Both are recorded in the image's ``applied_operations``, so that the same noise can be made again.

    Args:
        sigma: the amount is drawn evenly from 0 up to this.
        prob: probability that anything is changed.
    """

    def __init__(self, sigma: float = 0.05, prob: float = 1.0) -> None:
        RandomizableTransform.__init__(self, prob)
        if sigma < 0:
            raise ValueError(f"sigma must be 0 or more, got {sigma}")
        self.sigma = sigma
        self.drawn: dict[str, Any] = {"sigma": 0.0, "seed": 0}

    def randomize(self, data: Any = None) -> None:
        """Draw whether to change anything and, always, by what, so that every item uses as many numbers."""
        super().randomize(data)
        self.drawn = {"sigma": float(self.R.uniform(0, self.sigma)), "seed": int(self.R.randint(_SEEDS))}

    def __call__(self, image: torch.Tensor, randomize: bool = True) -> torch.Tensor:
        if randomize:
            self.randomize()
        if not self._do_transform:
            check_image(plain(image), source_of(image), channels=(1, 3))
            return image
        out = AddSpeckle(**self.drawn)(image)
        return self.push_transform(out, extra_info=dict(self.drawn))  # type: ignore[no-untyped-call]


class RandSpeckled(RandomizableTransform, MapTransform):
    """Dictionary form of :class:`RandSpeckle`: one draw an item."""

    def __init__(
        self, keys: KeysCollection, sigma: float = 0.05, prob: float = 1.0, allow_missing_keys: bool = False
    ) -> None:
        MapTransform.__init__(self, keys, allow_missing_keys)
        RandomizableTransform.__init__(self, 1.0)
        self.transform = RandSpeckle(sigma, prob)

    def set_random_state(self, seed: int | None = None, state: np.random.RandomState | None = None) -> RandSpeckled:
        """Seed the draw; see MONAI's ``Randomizable``."""
        super().set_random_state(seed, state)
        self.transform.set_random_state(seed, state)
        return self

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        out = dict(data)
        self.transform.randomize()
        for key in self.key_iterator(out):
            out[key] = self.transform(out[key], randomize=False)
        return out
