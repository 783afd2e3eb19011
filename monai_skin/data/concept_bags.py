# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Batches of bags that hold different numbers of concepts."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import torch
from monai.data.utils import list_data_collate

from monai_skin.transforms import mask_pad

__all__ = ["collate_concept_bags"]


def collate_concept_bags(
    items: Sequence[Mapping[Hashable, Any]], *, key: Hashable = "concepts", mask_key: Hashable = "concept_mask"
) -> Any:
    """MONAI's collation after every bag has got empty places behind it, up to the longest bag of the batch.

    A network that heeds the mask has the same result for an image as in a batch of its own. To be the ``collate_fn`` of
    a loader; in a bundle, give it ``"_mode_": "callable"``.

    Args:
        items: with ``(m, width)`` under ``key``; m may differ. What a mask that is already there calls empty stays so.
        key: of the concepts.
        mask_key: of the ``(m,)`` bool that says which of them there are.

    Returns:
        A batch with ``(B, longest, width)`` and ``(B, longest)`` under these keys.
    """
    longest = max(len(item[key]) for item in items)
    padded = []
    for item in items:
        concepts, mask = mask_pad(torch.as_tensor(item[key]), longest)
        if mask_key in item:
            mask[: len(item[mask_key])] &= torch.as_tensor(item[mask_key])
        padded.append({**item, key: concepts, mask_key: mask})
    return list_data_collate(padded)
