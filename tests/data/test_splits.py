# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Splits: nobody on two sides, whatever the table looks like."""

from __future__ import annotations

import shutil
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monai_skin.data import SECTIONS, group_items, read_ham10000, split_grouped
from monai_skin.errors import UsageError

names = st.sampled_from(["", "", "a", "b", "c", "d", "e"])
tables = st.lists(st.tuples(names, names, st.sampled_from(["mel", "nv", ""])), max_size=60).map(
    lambda rows: [
        {"image_id": f"i{n}", "lesion_id": lesion, "patient_id": patient, "dx": dx}
        for n, (lesion, patient, dx) in enumerate(rows)
    ]
)


def large_table(count=2000):
    classes = ["nv"] * 14 + ["mel"] * 4 + ["df"]
    return [
        {"image_id": f"i{n}", "lesion_id": f"l{n // 2 if n % 3 else n}", "patient_id": "", "dx": classes[n // 2 % 19]}
        for n in range(count)
    ]


@settings(deadline=None)
@given(tables, st.integers(0, 5))
def test_b6_no_lesion_and_no_patient_stands_in_two_sections(items, seed):
    sections = split_grouped(items, seed=seed)
    for field in ("lesion_id", "patient_id", "image_id"):
        where = [{item[field] for item in section if item[field]} for section in sections.values()]
        assert sum(map(len, where)) == len(set.union(*where))


@settings(deadline=None)
@given(tables, st.randoms(use_true_random=False), st.integers(0, 5))
def test_the_order_of_the_rows_does_not_matter_and_no_row_is_lost(items, random, seed):
    before = split_grouped(items, seed=seed)
    assert sum(map(len, before.values())) == len(items)
    shuffled = random.sample(items, len(items))
    assert split_grouped(shuffled, seed=seed) == before


def test_b6_a_patient_with_two_lesions_and_a_lesion_with_two_patients_are_one_group():
    items = [
        {"image_id": "1", "lesion_id": "x", "patient_id": "p", "dx": ""},
        {"image_id": "2", "lesion_id": "y", "patient_id": "p", "dx": ""},
        {"image_id": "3", "lesion_id": "y", "patient_id": "q", "dx": ""},
        {"image_id": "4", "lesion_id": "", "patient_id": "", "dx": ""},
    ]
    groups = group_items(items)
    assert {name: len(group) for name, group in groups.items()} == {"1": 3, "4": 1}


def test_every_class_is_shared_out_in_proportion():
    items = large_table()
    totals = Counter(item["dx"] for item in items)
    for name, section in split_grouped(items, seed=3).items():
        for dx, count in Counter(item["dx"] for item in section).items():
            assert count == pytest.approx(SECTIONS[name] * totals[dx], abs=4)


@pytest.mark.parametrize("seed", [0, 1])
def test_ham10000_is_shared_out_by_lesion_with_its_classes_in_proportion(seed, data_root, tmp_path):
    shutil.copy(data_root / "tables" / "HAM10000_metadata.csv", tmp_path)
    items = read_ham10000(tmp_path)
    sections = split_grouped(items, {"training": 0.7, "validation": 0.15, "test": 0.15}, seed=seed)
    totals = Counter(item["dx"] for item in items)
    for name, share in (("training", 0.7), ("validation", 0.15), ("test", 0.15)):
        assert len(sections[name]) / len(items) == pytest.approx(share, abs=0.015)
        for dx, count in Counter(item["dx"] for item in sections[name]).items():
            assert count / len(sections[name]) == pytest.approx(totals[dx] / len(items), abs=0.005), (name, dx)
    lesions = [{item["lesion_id"] for item in section} for section in sections.values()]
    assert sum(map(len, lesions)) == len(set.union(*lesions)) == 7_470


def test_another_seed_is_another_split_and_the_same_seed_the_same():
    items = large_table(400)
    assert split_grouped(items, seed=1) == split_grouped(items, seed=1) != split_grouped(items, seed=2)


def test_a_handful_of_images_leaves_no_section_empty():
    items = [{"image_id": str(n), "lesion_id": "", "patient_id": "", "dx": f"class {n}"} for n in range(9)]
    assert all(split_grouped(items).values())
    assert len(split_grouped(items)["training"]) > 4


@pytest.mark.parametrize("fractions", [{}, {"a": 0.5, "b": 0.6}, {"a": 1.5, "b": -0.5}])
def test_shares_that_do_not_add_up_are_refused(fractions):
    with pytest.raises(UsageError, match="expected shares from 0 to 1 that add up to 1"):
        split_grouped([], fractions)


def test_a_section_of_share_0_stays_empty():
    sections = split_grouped(large_table(100), {"training": 1.0, "test": 0.0})
    assert (len(sections["training"]), len(sections["test"])) == (100, 0)
