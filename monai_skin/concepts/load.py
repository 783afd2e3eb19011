# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Give an item the concepts of its picture."""

from __future__ import annotations

import os
from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import torch
from monai.config.type_definitions import KeysCollection
from monai.transforms import MapTransform

from monai_skin.concepts.cache import ConceptCache, open_cache
from monai_skin.concepts.concept_set import ConceptSet
from monai_skin.errors import InvalidInputError, UsageError
from monai_skin.io import StandIn

__all__ = ["LoadConceptsd"]

_WIDTH = 256  # of every published model


class LoadConceptsd(MapTransform):
    """Add the cached concepts of a picture, found by the content of its file.

    It stands in front of what loads the picture, while the item still holds its path. It adds ``concepts``
    ``(m, 256)`` float32, ``concept_boxes`` ``(m, 4)`` float32 in pixels of the upright picture and ``concept_scores``
    ``(m,)`` float32, m at least 1 and another for every picture.

    Args:
        keys: of the picture's path; one.
        cache: folder that ``monai_skin concepts extract`` filled.
        settings: first digits of the digest of the settings; needed if the folder holds concepts of several.
        allow_missing_keys: see MONAI's ``MapTransform``.

    Raises:
        UsageError: several keys; when called: the folder holds several settings and none is named.
        InvalidInputError: when called: the picture has no concepts, or they are damaged, or it is loaded already.
    """

    def __init__(
        self,
        keys: KeysCollection,
        cache: str | os.PathLike[str],
        settings: str | None = None,
        allow_missing_keys: bool = False,
    ) -> None:
        super().__init__(keys, allow_missing_keys)
        if len(self.keys) != 1:
            raise UsageError.about("LoadConceptsd", "keys", f"are {len(self.keys)}", expected="one key")
        self.cache, self.settings = os.fspath(cache), settings
        self._opened: ConceptCache | None = None  # at the first item: a bundle is read before its cache is filled

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        out = dict(data)
        for key in self.key_iterator(out):
            file = out[key]
            if not isinstance(file, str | os.PathLike | bytes):
                problem = f"is {type(file).__name__}"
                expected = "a path: LoadConceptsd stands in front of what loads the picture"
                raise InvalidInputError.about(str(out.get("image_id", "item")), str(key), problem, expected=expected)
            if self._opened is None:
                self._opened = open_cache(self.cache, self.settings)
            found = self._stand_in() if isinstance(file, StandIn) else self._opened.read(file)
            out["concepts"] = torch.from_numpy(found.vectors)
            out["concept_boxes"] = torch.from_numpy(found.boxes)
            out["concept_scores"] = torch.from_numpy(found.scores)
        return out

    def _stand_in(self) -> ConceptSet:
        """One concept of zeros, as wide as the others of the cache."""
        cache = self._opened
        known = None if cache is None else next(iter(cache), None)
        width = _WIDTH if cache is None or known is None else cache.read_digest(known).vectors.shape[1]
        return ConceptSet.whole_image(np.zeros(width, np.float32), (1, 1))
