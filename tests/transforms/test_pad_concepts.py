# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Bags of concepts brought to one number: resampling against the rule written out, and what each mode promises."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from monai_skin.errors import InvalidInputError
from monai_skin.transforms import PadConcepts, PadConceptsd, mask_pad, perturb_index

several = settings(deadline=None, max_examples=25)
sizes = st.integers(1, 30).flatmap(lambda length: st.tuples(st.integers(1, length), st.just(length)))
BAG = torch.arange(8.0).reshape(4, 2)


def random(seed: int = 0) -> np.random.RandomState:
    return np.random.RandomState(seed)


def padded(mode: str, length: int = 9, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    return PadConcepts(length, mode).set_random_state(seed)(BAG)


@several
@given(sizes, st.integers(0, 2**31))
def test_resampled_indices_stand_where_the_rule_allows(size, seed):
    count, length = size
    drawn = perturb_index(count, length, random(seed)).tolist()
    assert len(drawn) == length
    assert drawn == sorted(drawn) == perturb_index(count, length, random(seed)).tolist()
    if count == length:
        assert drawn == list(range(length))
        return
    for place, index in enumerate(drawn):
        first = math.floor(place * count / length)
        last = math.floor((place + 1) * count / length) if place + 1 < length else count - 1
        assert first <= index <= last < count


def test_both_sides_of_a_join_are_drawn_alike():
    # 2 concepts on 4 places: 0, then 0 or 1, then 1, 1
    drawn = [perturb_index(2, 4, random(seed)).tolist() for seed in range(400)]
    assert {tuple(each) for each in drawn} == {(0, 0, 1, 1), (0, 1, 1, 1)}
    assert sum(each[1] for each in drawn) / 400 == pytest.approx(0.5, abs=0.1)  # four standard deviations


def test_a_single_concept_is_everywhere():
    assert not perturb_index(1, 30, random()).any()


@several
@given(st.integers(1, 15), st.integers(0, 2**31))
def test_up_to_half_the_length_every_concept_has_a_place(count, seed):
    assert set(perturb_index(count, 30, random(seed))) == set(range(count))


@pytest.mark.parametrize(("count", "share"), [(16, 0.26), (20, 0.92), (26, 1.0)])
def test_beyond_half_the_length_some_concept_is_lost_as_often_as_known(count, share):
    # known for 30 places from an independent simulation
    lost = [len(set(perturb_index(count, 30, random(seed)))) < count for seed in range(1000)]
    assert np.mean(lost) == pytest.approx(share, abs=0.05)


def test_resampled_bags_hold_the_concepts_themselves():
    bag, mask = padded("perturb_index")
    assert mask.all() and mask.shape == (9,)
    index = perturb_index(4, 9, random())
    assert torch.equal(bag, BAG[index])


def test_copies_stand_behind_the_concepts_and_are_off_by_a_hundredth_of_their_spread():
    bag, mask = padded("jitter_copy", length=4004)
    assert mask.all() and torch.equal(bag[:4], BAG)
    nearest = (bag[4:, None] - BAG).abs().sum(dim=2).argmin(dim=1)
    assert np.bincount(nearest) / 4000 == pytest.approx(0.25, abs=0.05)
    noise = bag[4:] - BAG[nearest]
    # the numbers 0 to 7 have a standard deviation of sqrt((64 - 1) / 12)
    assert noise.std().item() == pytest.approx(0.01 * math.sqrt(63 / 12), rel=0.05)
    assert noise.mean().item() == pytest.approx(0, abs=0.002)


def test_empty_places_are_zeros_behind_the_concepts_and_marked():
    bag, mask = padded("masked")
    assert torch.equal(bag[:4], BAG) and not bag[4:].any()
    assert mask.tolist() == [True] * 4 + [False] * 5
    found, marked = mask_pad(BAG, 9)
    assert torch.equal(found, bag) and torch.equal(marked, mask)


def test_a_bag_may_stay_as_it_is():
    bag, mask = padded("none")
    assert torch.equal(bag, BAG) and mask.tolist() == [True] * 4


@pytest.mark.parametrize("mode", ["perturb_index", "jitter_copy", "masked", "none"])
def test_of_more_concepts_the_first_are_kept(mode):
    bag, mask = padded(mode, length=3)
    assert torch.equal(bag, BAG[:3]) and mask.tolist() == [True] * 3


@pytest.mark.parametrize("mode", ["perturb_index", "jitter_copy", "masked", "none"])
def test_the_dictionary_form_equals_the_array_form_and_takes_arrays(mode):
    item = {"concepts": BAG.numpy(), "image_id": "a"}
    out = PadConceptsd(mask_key="there", length=9, mode=mode).set_random_state(3)(item)
    bag, mask = padded(mode, seed=3)
    assert torch.equal(out["concepts"], bag) and torch.equal(out["there"], mask)
    assert out["image_id"] == "a" and set(item) == {"concepts", "image_id"}


@pytest.mark.parametrize("mode", ["perturb_index", "jitter_copy"])
def test_random_modes_differ_from_draw_to_draw(mode):
    transform = PadConceptsd(length=9, mode=mode).set_random_state(0)
    draws = [transform({"concepts": BAG})["concepts"] for _ in range(9)]
    assert any(not torch.equal(draws[0], other) for other in draws[1:])


def test_concepts_that_are_none_or_no_numbers_are_refused_by_item():
    for shape in ((0, 2), (2,), (2, 0)):
        with pytest.raises(InvalidInputError, match=r"^a: concepts has the shape .*; expected \(m, width\) with one"):
            PadConceptsd()({"concepts": torch.zeros(shape), "image_id": "a"})
    with pytest.raises(InvalidInputError, match=r"^item: concepts hold 1 non-finite value\(s\), the first at \(0, 1\)"):
        PadConcepts()(torch.tensor([[0.0, math.nan]]))


def test_arguments_that_make_no_sense_are_refused():
    with pytest.raises(ValueError, match="length must be 1 or more, got 0"):
        PadConcepts(0)
    with pytest.raises(ValueError, match="mode must be one of perturb_index, jitter_copy, masked, none, got 'zeros'"):
        PadConcepts(mode="zeros")
    with pytest.raises(ValueError, match="keys must be a single one"):
        PadConceptsd(keys=["a", "b"])
