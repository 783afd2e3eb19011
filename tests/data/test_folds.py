# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Every lesion is held out once, and learnt from in all other rounds."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monai_skin.data import fold_sections, group_items, make_folds
from monai_skin.errors import UsageError

CLASSES = ("mel", "nv", "df")


def lesions(numbers: list[int]) -> list[dict[str, str]]:
    """An image of each numbered lesion; the class goes by the lesion."""
    return [
        {"image_id": f"i{place:03}", "lesion_id": f"l{number}", "dx": CLASSES[number % 3]}
        for place, number in enumerate(numbers)
    ]


def ids(items):
    return [item["image_id"] for item in items]


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 30), min_size=2, max_size=80), st.integers(2, 5), st.integers(0, 9))
def test_no_lesion_is_learnt_from_in_the_round_that_predicts_it(numbers, count, seed):
    items = lesions(numbers)
    count = min(count, len(set(numbers)))
    if count < 2:
        return
    folds = make_folds(items, count, seed=seed)
    assert len(folds) == count
    assert sorted(name for fold in folds for name in ids(fold)) == ids(items), "each image once"
    for held_out in range(count):
        sections = fold_sections(folds, held_out, seed=seed)
        assert sorted(name for section in sections.values() for name in ids(section)) == ids(items)
        groups = {name: {item["lesion_id"] for item in section} for name, section in sections.items()}
        assert not groups["training"] & groups["test"]
        assert not groups["validation"] & groups["test"]
        assert not groups["training"] & groups["validation"]
        assert ids(sections["test"]) == ids(folds[held_out])


def test_classes_are_in_proportion_in_every_fold():
    items = lesions(list(range(300)))
    for fold in make_folds(items, 5):
        counts = Counter(item["dx"] for item in fold)
        assert all(abs(counts[dx] - 20) <= 2 for dx in CLASSES), "100 of each class, over 5 folds"


def test_the_order_of_the_rows_changes_nothing_and_the_seed_does():
    items = lesions([number % 40 for number in range(90)])
    assert make_folds(items[::-1], 3) == make_folds(items, 3)
    assert make_folds(items, 3, seed=1) != make_folds(items, 3)


def test_a_tenth_of_the_lesions_that_are_not_held_out_is_for_validation():
    sections = fold_sections(make_folds(lesions(list(range(200))), 2), 0)
    for name, expected in (("training", 90), ("validation", 10), ("test", 100)):
        assert abs(len(sections[name]) - expected) <= 2, "a class has no whole number of lesions to each section"


@pytest.mark.parametrize("count", [1, 4])
def test_more_folds_than_lesions_or_a_single_one_are_refused(count):
    items = lesions([0, 0, 1, 2])
    assert len(group_items(items)) == 3
    with pytest.raises(UsageError, match=f"folds is {count}; expected 2 to 3, which is the number of lesions"):
        make_folds(items, count)
