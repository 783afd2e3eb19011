# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The segmentation bundle, loaded once, asked many times: what an annotator who clicks can wait for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from monai.bundle import ConfigParser
from monai.data import MetaTensor
from monai.transforms import Invertd

from monai_skin.errors import InvalidInputError
from monai_skin.io import apply_weights, load_weights
from monai_skin.pipeline import check_bundle
from monai_skin.transforms import clean_mask

__all__ = ["Outliner", "shipped_weights"]

_TURNS = tuple((mirror, turns) for mirror in (False, True) for turns in (0, 2))  # those that keep rows as rows
_NEEDED = ("network_def", "network", "preprocessing", "inferer", "weights", "device")


class Outliner:
    """Answers of a segmentation bundle's ``inference.json``, picture by picture, with the network kept in memory.

    Args:
        root: of the bundle; checked before anything of it runs.
        weights: to use in place of the bundle's own.
        sha256: the digest they must have.
        device: the bundle decides if None.

    Raises:
        UnsafeArtefactError: the bundle could run code of its own, or the weights could.
        InvalidInputError: the bundle or its weights are broken, or it outlines nothing.
        IntegrityError: the weights have another digest.
    """

    def __init__(
        self,
        root: Path,
        *,
        weights: str | os.PathLike[str] | None = None,
        sha256: str | None = None,
        device: str | None = None,
    ) -> None:
        check_bundle(root).raise_if_refused()
        parser = _read(root)
        lacking = [name for name in _NEEDED if name not in parser]
        if lacking:
            raise InvalidInputError.about("inference.json", lacking[0], "is missing", expected="an entry of that name")
        if device is not None:
            parser["device"] = torch.device(device)
        file = Path(parser.get_parsed_content("weights") if weights is None else weights)
        apply_weights(parser.get_parsed_content("network_def"), load_weights(file, sha256=sha256), source=file.name)
        self.network: torch.nn.Module = parser.get_parsed_content("network").eval()
        self.device = torch.device(parser.get_parsed_content("device"))
        self._prepare = parser.get_parsed_content("preprocessing")
        self._infer = parser.get_parsed_content("inferer")
        self._restore = Invertd(keys="pred", transform=self._prepare, orig_keys="image", nearest_interp=False)

    def probability(self, image: str | os.PathLike[str]) -> npt.NDArray[np.float32]:
        """How probably each pixel of the upright picture is lesion: ``(H, W)`` float32 in [0, 1].

        Raises:
            InvalidInputError: the file is not a readable picture.
        """
        item = self._prepare({"image": os.fspath(image), "image_id": Path(image).stem})
        found, seen = self._run(item["image"]), item["image"]
        item["pred"] = MetaTensor(found, meta=seen.meta, applied_operations=seen.applied_operations)
        return np.asarray(self._restore(item)["pred"].numpy()[0], np.float32)

    def mask(self, image: str | os.PathLike[str]) -> npt.NDArray[np.bool_]:
        """The outline the bundle would draw: threshold 0.5, holes filled, the largest component."""
        mask = clean_mask(torch.from_numpy(self.probability(image))[None])
        return np.asarray(mask[0].numpy() != 0, np.bool_)

    def spread(self, image: str | os.PathLike[str]) -> float:
        """How far four views of the picture disagree: the mean standard deviation over the pixels of any doubt.

        The picture is shown as it is, mirrored, and each turned by 180 degrees. A pixel that no view gives more than
        0.05 is left out, so that a small lesion is not thought certain for all the skin around it. In [0, 0.5].
        """
        item = self._prepare({"image": os.fspath(image), "image_id": Path(image).stem})
        views = torch.stack(list(self._views(item["image"])))
        doubtful = views.amax(dim=0) > 0.05
        return float(views.std(dim=0, correction=0)[doubtful].mean()) if doubtful.any() else 0.0

    def _views(self, image: Any) -> Iterator[torch.Tensor]:
        plain = torch.as_tensor(image).as_subclass(torch.Tensor)
        for mirror, turns in _TURNS:
            seen = torch.rot90(plain.flip(-1) if mirror else plain, turns, dims=(-2, -1))
            found = torch.rot90(self._run(seen), -turns, dims=(-2, -1))
            yield found.flip(-1) if mirror else found

    @torch.inference_mode()
    def _run(self, image: torch.Tensor) -> torch.Tensor:
        batch = image[None].to(self.device, memory_format=torch.channels_last)
        return torch.sigmoid(self._infer(batch, self.network).float())[0].cpu().as_subclass(torch.Tensor)


def shipped_weights(root: Path) -> Path:
    """The file that a bundle's ``inference.json`` loads; the bundle must have been checked."""
    return Path(_read(root).get_parsed_content("weights"))


def _read(root: Path) -> ConfigParser:
    parser = ConfigParser()
    parser.read_config(str(root / "configs" / "inference.json"))
    parser["bundle_root"] = str(root.absolute())
    return parser
