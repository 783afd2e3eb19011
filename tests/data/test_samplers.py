# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Which images an epoch draws."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monai_skin.data import ClassBalancedSampler, LesionDataLoader, LesionDataset, LesionSampler
from monai_skin.errors import InvalidInputError, UsageError

HAM10000 = (327, 514, 1099, 115, 1113, 6705, 142)  # images per class; each has a lesion of up to three images
DRAWS = 10_000


def dataset(counts=HAM10000, images_of_a_lesion=3):
    items = []
    for label, count in enumerate(counts):
        for number in range(count):
            lesion = f"{label}-{number // images_of_a_lesion}"
            items.append({"image_id": f"{label}-{number}", "label": label, "lesion_id": lesion})
    return LesionDataset(items, None)


def shares(sampler, of):
    drawn = Counter(of(index) for index in sampler)
    return {name: count / sum(drawn.values()) for name, count in drawn.items()}


@pytest.fixture(scope="module")
def ham():
    return dataset()


@pytest.mark.parametrize("kind", [ClassBalancedSampler, LesionSampler])
def test_ten_thousand_draws_show_each_of_seven_classes_alike(ham, kind):
    found = shares(kind(ham, num_samples=DRAWS), lambda index: ham.data[index]["label"])
    assert len(found) == 7
    assert all(abs(share - 1 / 7) < 0.02 for share in found.values()), found


def test_the_weights_are_those_of_the_formulas():
    small = dataset((4, 1))
    # 1/sqrt(4) for each of four, 1 for the single one: 2 to 1 in all
    assert ClassBalancedSampler(small, power=0.5).weights == pytest.approx([1 / 6] * 4 + [1 / 3])
    # effective numbers (1 - 0.5^4)/0.5 = 1.875 and 1: each of four weighs 8/15, the single one 1
    assert ClassBalancedSampler(small, beta=0.5).weights == pytest.approx(np.array([8 / 15] * 4 + [1]) / (47 / 15))
    for as_they_are in ({"power": 0}, {"beta": 0}):
        assert ClassBalancedSampler(small, **as_they_are).weights == pytest.approx([1 / 5] * 5)


def test_a_lesion_with_many_images_is_not_drawn_more_often():
    items = [{"image_id": f"a{number}", "label": 0, "lesion_id": "a"} for number in range(9)]
    items += [{"image_id": "b", "label": 0, "lesion_id": "b"}]
    found = shares(
        LesionSampler(LesionDataset(items, None), num_samples=DRAWS), lambda index: items[index]["lesion_id"]
    )
    assert abs(found["a"] - 1 / 2) < 0.02


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(1, 6), min_size=1, max_size=4), st.integers(1, 4), st.integers(0, 99), st.data())
def test_no_lesion_stands_twice_in_a_batch(counts, images_of_a_lesion, seed, data):
    given_items = dataset(counts, images_of_a_lesion)
    lesions = {item["lesion_id"] for item in given_items.data}
    size = data.draw(st.integers(1, len(lesions)))
    sampler = LesionSampler(given_items, batch_size=size, num_samples=4 * size + 1, seed=seed)
    drawn = [given_items.data[index]["lesion_id"] for index in sampler]
    assert len(drawn) == len(sampler) == 4 * size + 1
    for start in range(0, len(drawn), size):
        batch = drawn[start : start + size]
        assert len(set(batch)) == len(batch)


def test_another_key_may_make_the_groups_and_an_item_without_it_is_its_own():
    items = [{"image_id": name, "label": 0, "sex": sex} for name, sex in (("a", "male"), ("b", "male"), ("c", ""))]
    items += [{"image_id": "d", "label": 0}]
    drawn = list(LesionSampler(LesionDataset(items, None), group_key="sex", batch_size=3, num_samples=30))
    assert all({2, 3} < set(drawn[start : start + 3]) for start in range(0, 30, 3))


@pytest.mark.parametrize("kind", [ClassBalancedSampler, LesionSampler])
def test_an_epoch_depends_on_seed_and_epoch_alone(ham, kind):
    def epochs(seed, numbers):
        sampler = kind(ham, seed=seed, num_samples=50)
        for number in numbers:
            sampler.set_epoch(number)
            yield list(sampler)

    straight = list(epochs(0, [1, 2, 3]))
    assert list(epochs(0, [3])) == straight[2:], "a resumed training draws what an uninterrupted one does"
    assert straight[0] != straight[1]
    assert list(epochs(1, [1])) != straight[:1]
    assert len(kind(ham)) == len(ham)


def test_the_data_loader_takes_a_sampler():
    items = dataset((5, 1))
    sampler = LesionSampler(items, batch_size=2)
    batches = list(LesionDataLoader(items, batch_size=2, sampler=sampler))
    assert [name for batch in batches for name in batch["image_id"]] == [
        items.data[index]["image_id"] for index in sampler
    ]


@pytest.mark.parametrize("kind", [ClassBalancedSampler, LesionSampler])
@pytest.mark.parametrize(("label", "problem"), [({}, "is missing"), ({"label": "mel"}, "is 'mel'")])
def test_an_item_without_a_label_is_refused_by_name(kind, label, problem):
    items = [{"image_id": "a", "label": 0}, {"image_id": "b", **label}]
    with pytest.raises(InvalidInputError, match=f"^b: label {problem}; expected the number of a class$"):
        kind(LesionDataset(items, None))


def test_numbers_that_make_no_sense_are_refused():
    few = dataset((2, 1))
    with pytest.raises(
        UsageError, match="batch_size is 3; expected 1 to 2, which is the number of groups by lesion_id"
    ):
        LesionSampler(few, batch_size=3)
    with pytest.raises(UsageError, match="beta is 1; expected 0 or more and less than 1"):
        ClassBalancedSampler(few, beta=1)
    with pytest.raises(UsageError, match="num_samples is 0; expected 1 or more"):
        ClassBalancedSampler(few, num_samples=0)
    with pytest.raises(InvalidInputError, match="sampler: dataset is empty"):
        LesionSampler(dataset(()))
