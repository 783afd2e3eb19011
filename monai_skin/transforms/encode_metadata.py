# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Age, sex and body site as numbers for a network, with "unknown" as a value of its own."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import torch
from monai.transforms import Transform

from monai_skin.labels import SITES, UNKNOWN, parse_age, parse_sex, parse_site

__all__ = ["KNOWN_SITES", "EncodeClinicalMetadata", "EncodeClinicalMetadatad", "encode_clinical_metadata"]

KNOWN_SITES = tuple(name for name in SITES if name != UNKNOWN)
"""Every body site that has a name, in the order of their indices, which begin at 1."""
SEX_INDEX = {UNKNOWN: 0, "female": 1, "male": 2}


def encode_clinical_metadata(
    age: str | float | None,
    sex: str,
    site: str,
    *,
    age_mean: float,
    age_std: float,
    sites: Sequence[str] = KNOWN_SITES,
    source: str = "item",
) -> torch.Tensor:
    """Four numbers: standardised age, whether age is missing, index of sex, index of site.

    A missing age gives 0 and flag 1, whatever stood in its place; the average age gives 0 and flag 0.

    Args:
        age: years from 0 to 120; None, NaN or a word such as "unknown" where it is missing.
        sex: "female" is 1, "male" is 2, missing is 0.
        site: a name in ``sites``, whose place there, from 1, is its index; missing is 0.
        age_mean: mean age of the training items, in years.
        age_std: standard deviation of their age, in years.
        sites: the sites the network was trained with.
        source: the item's name for messages.

    Returns:
        ``(4,)`` float32.

    Raises:
        InvalidInputError: a value is neither in its vocabulary nor missing.

    >>> encode_clinical_metadata(65, "male", "back", age_mean=50, age_std=10, sites=["back"]).tolist()
    [1.5, 0.0, 2.0, 1.0]
    """
    years = parse_age(age, source=source)
    scaled = 0.0 if years is None else (years - age_mean) / age_std
    place = parse_site(site, source=source, names=sites)
    site_index = 0 if place == UNKNOWN else 1 + list(sites).index(place)
    return torch.tensor([scaled, float(years is None), SEX_INDEX[parse_sex(sex, source=source)], site_index])


class EncodeClinicalMetadata(Transform):
    """Array form of :func:`encode_clinical_metadata`, for one age, sex and site.

    Args:
        age_mean: mean age of the training items, in years.
        age_std: standard deviation of their age, in years; positive.
        sites: the sites the network was trained with, in the order of their indices.
    """

    def __init__(self, *, age_mean: float, age_std: float, sites: Sequence[str] = KNOWN_SITES) -> None:
        if not age_std > 0:
            raise ValueError(f"age_std must be positive, got {age_std}")
        self.age_mean, self.age_std, self.sites = age_mean, age_std, tuple(sites)

    def __call__(  # type: ignore[override]
        self, age: str | float | None, sex: str, site: str, source: str = "item"
    ) -> torch.Tensor:
        return encode_clinical_metadata(
            age, sex, site, age_mean=self.age_mean, age_std=self.age_std, sites=self.sites, source=source
        )


class EncodeClinicalMetadatad(Transform):
    """Dictionary form: reads "age", "sex" and "site" of an item, all of which may be missing, and adds the numbers.

    Args:
        age_mean: mean age of the training items, in years.
        age_std: standard deviation of their age, in years; positive.
        sites: the sites the network was trained with, in the order of their indices.
        output_key: where the ``(4,)`` float32 tensor goes.
    """

    def __init__(
        self, *, age_mean: float, age_std: float, sites: Sequence[str] = KNOWN_SITES, output_key: Hashable = "clinical"
    ) -> None:
        self.output_key = output_key
        self.transform = EncodeClinicalMetadata(age_mean=age_mean, age_std=age_std, sites=sites)

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        source = str(data.get("image_id") or "item")
        numbers = self.transform(data.get("age"), data.get("sex", ""), data.get("site", ""), source)
        return {**data, self.output_key: numbers}
