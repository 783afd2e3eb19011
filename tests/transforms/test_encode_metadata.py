# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Metadata as numbers: missing is never the mean, and never a number somebody typed."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from monai_skin.errors import InvalidInputError
from monai_skin.labels import UNKNOWN
from monai_skin.transforms import (
    KNOWN_SITES,
    EncodeClinicalMetadata,
    EncodeClinicalMetadatad,
    encode_clinical_metadata,
)

encode = EncodeClinicalMetadata(age_mean=50, age_std=15)
MISSING = [None, math.nan, "", "NA", "nan", "unknown", "N/A"]


def test_a_known_item_has_known_numbers():
    assert encode(80, "female", KNOWN_SITES[4]).tolist() == [2.0, 0.0, 1.0, 5.0]


@pytest.mark.parametrize("age", MISSING)
def test_b2_a_missing_age_is_0_with_flag_1_whatever_stood_in_its_place(age):
    assert encode(age, "male", "unknown").tolist() == [0.0, 1.0, 2.0, 0.0]


@pytest.mark.parametrize("word", ["", "unknown", "NA", "nan", None])
def test_b2_a_missing_sex_or_site_is_index_0(word):
    assert encode(50, word, word).tolist() == [0.0, 0.0, 0.0, 0.0]


@settings(deadline=None)
@given(st.floats(0, 120))
def test_b2_no_age_at_all_reads_like_a_missing_one(age):
    known = encode(age, "male", "unknown")
    assert known[1] == 0 and not torch.equal(known, encode(None, "male", "unknown"))
    assert math.isclose(float(known[0]) * 15 + 50, age, abs_tol=1e-3)


def test_age_0_is_an_age():
    assert encode(0, "", "")[1] == 0


def test_every_site_has_its_own_index_from_1_and_unknown_is_none_of_them():
    indices = [int(encode(None, "", site)[3]) for site in KNOWN_SITES]
    assert indices == list(range(1, len(KNOWN_SITES) + 1)) and UNKNOWN not in KNOWN_SITES


def test_a_networks_own_sites_set_the_indices():
    own = EncodeClinicalMetadata(age_mean=50, age_std=15, sites=["back", "face"])
    assert own(None, "", "Face")[3] == 2
    with pytest.raises(InvalidInputError, match="site"):
        own(None, "", "chest")


@pytest.mark.parametrize(
    ("age", "sex", "site", "problem"),
    [
        (-3, "", "", "age is -3"),
        (130, "", "", "age is 130"),
        ("old", "", "", "age is old"),
        (math.inf, "", "", "age is inf"),
        (5, "x", "", "sex is 'x'"),
        (5, "", "torsoo", "site is 'torsoo'"),
    ],
)
def test_what_is_neither_known_nor_missing_is_refused_with_the_items_name_and_the_field(age, sex, site, problem):
    item = {"image_id": "isic_7", "age": age, "sex": sex, "site": site}
    for refused in (
        lambda: encode(age, sex, site, source="isic_7"),
        lambda: EncodeClinicalMetadatad(age_mean=50, age_std=15)(item),
    ):
        with pytest.raises(InvalidInputError, match=f"^isic_7: {problem}.*; expected ") as caught:
            refused()
        assert (caught.value.source, caught.value.field) == ("isic_7", problem.split()[0])


def test_dictionary_form_equals_array_form_and_keeps_the_item():
    item = {"image_id": "a", "age": 61.0, "sex": "male", "site": "back"}
    out = EncodeClinicalMetadatad(age_mean=50, age_std=15)(item)
    assert torch.equal(out["clinical"], encode(61.0, "male", "back")) and "clinical" not in item
    assert out["clinical"].dtype == torch.float32 and out["clinical"].shape == (4,)
    assert torch.equal(out["clinical"], encode_clinical_metadata(61.0, "male", "back", age_mean=50, age_std=15))


def test_an_item_without_any_metadata_is_all_missing():
    assert EncodeClinicalMetadatad(age_mean=50, age_std=15)({})["clinical"].tolist() == [0.0, 1.0, 0.0, 0.0]


def test_a_spread_of_0_is_refused():
    with pytest.raises(ValueError, match="age_std must be positive"):
        EncodeClinicalMetadata(age_mean=50, age_std=0)
