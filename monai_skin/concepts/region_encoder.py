# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Features for proxy concepts: a small image encoder, and a fixed projection to the width of SAM's embedding."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from monai_skin.concepts.settings import ModelSource
from monai_skin.io import apply_weights, load_weights
from monai_skin.networks import PRETRAINED, EfficientNetLite0Encoder, PackagedWeights, match_weights
from monai_skin.transforms import normalize_imagenet

__all__ = ["WIDTH", "RegionEncoder", "fixed_projection"]

WIDTH = 256
STRIDE = 32
_NAME = "efficientnet-lite0"
_SEED = 0


def fixed_projection(features: int, width: int = WIDTH) -> torch.Tensor:
    """A projection that keeps lengths as well as ``width`` numbers can, the same at every call.

    Args:
        features: how many numbers come in, at least ``width``.
        width: how many go out.

    Returns:
        ``(width, features)`` float32 with orthonormal rows.
    """
    drawn = torch.randn(features, width, generator=torch.Generator().manual_seed(_SEED), dtype=torch.float64)
    basis, triangle = torch.linalg.qr(drawn)
    return (basis * triangle.diagonal().sign()).T.float().contiguous()  # signs are a library's choice otherwise


class RegionEncoder:
    """EfficientNet-Lite0 with ImageNet weights if ``monai-skin[imagenet]`` is installed, otherwise as it is made.

    Without weights it still tells colours and textures apart, but knows nothing; its name in the settings says so.

    Args:
        weights: look for the ImageNet weights.
        device: where it computes.
    """

    def __init__(self, *, weights: bool = True, device: str | torch.device = "cpu") -> None:
        file, digest = _installed() if weights else (None, "")
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(_SEED)
            self.network = EfficientNetLite0Encoder()
        if file is not None:
            tensors = load_weights(file, sha256=digest)
            rename = PRETRAINED[_NAME].published_name
            apply_weights(
                self.network,
                match_weights(self.network, tensors, published_name=rename, source=file.name),
                source=_NAME,
            )
        name = f"{_NAME}, ImageNet" if file is not None else f"{_NAME}, random, seed {_SEED}"
        self.source = ModelSource("encoder", name, sha256=digest)
        self.device = torch.device(device)
        self.network.to(self.device).eval()
        self.projection = fixed_projection(self.network.channels)

    def __call__(self, image: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """The embedding of a picture.

        Args:
            image: ``(3, H, W)`` uint8 RGB, H and W multiples of 32.

        Returns:
            ``(256, H / 32, W / 32)`` float32.
        """
        batch = normalize_imagenet(torch.from_numpy(np.ascontiguousarray(image)))[None].to(self.device)
        with torch.inference_mode():
            features = self.network(batch)[0].float().cpu()
        return np.asarray(torch.einsum("of,fhw->ohw", self.projection, features).numpy())


def _installed() -> tuple[Path | None, str]:
    source = PRETRAINED[_NAME].source
    if not isinstance(source, PackagedWeights):
        return None, ""
    found = importlib.util.find_spec(source.module)
    if found is None or not found.submodule_search_locations:
        return None, ""
    return Path(found.submodule_search_locations[0]) / source.file, source.digest
