# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Splits by case at a ratio: within one case of it for every class, nobody on two sides, nested from ratio to ratio."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monai_skin.data import CASE_PROTOCOLS, load_datalist, split_cases, write_dataset_json
from monai_skin.errors import UsageError

RATIOS = (0.1, 0.3, 0.5, 0.7, 0.9)
NTD = {
    "buruli_ulcer": 300,
    "yaws": 223,
    "scabies": 160,
    "leprosy": 57,
    "mycetoma": 18,
}  # patients, Hu et al., section 4


def cases_of(sizes, images=2):
    """``sizes`` cases of each class, the n-th with 1 to ``images`` images."""
    return [
        {"image": f"{dx}{n}_{k}.jpg", "image_id": f"{dx}{n}_{k}", "lesion_id": "", "patient_id": f"{dx}{n}", "dx": dx}
        for dx, count in sizes.items()
        for n in range(count)
        for k in range(1 + n % images)
    ]


def patients(section, dx=None):
    return {item["patient_id"] for item in section if dx in (None, item["dx"])}


sizes = st.dictionaries(st.sampled_from("abcde"), st.integers(1, 40), min_size=1)
ratios = st.floats(0.02, 0.98)


@settings(deadline=None, max_examples=25)
@given(sizes, ratios, st.integers(0, 99), st.sampled_from(sorted(CASE_PROTOCOLS)))
def test_every_class_is_within_one_case_of_the_ratio_and_no_case_is_on_both_sides(counts, ratio, seed, protocol):
    items = cases_of(counts)
    sections = split_cases(items, ratio, seed=seed, protocol=protocol)
    held_out = patients(sections["test"])
    learnt = patients(sections["training"]) | (patients(sections["validation"]) if protocol == "cases" else set())
    assert not learnt & held_out and learnt | held_out == patients(items)
    for dx, count in counts.items():
        assert abs(sum(name.startswith(dx) for name in learnt) - ratio * count) <= 1
    if protocol == "cases":
        assert not patients(sections["training"]) & patients(sections["validation"])
        assert sum(map(len, sections.values())) == len(items)
    else:
        assert sections["validation"] == sections["test"]


@settings(deadline=None, max_examples=25)
@given(sizes, ratios, ratios, st.integers(0, 99))
def test_what_is_learnt_from_at_a_ratio_is_learnt_from_at_a_higher_one(counts, one, other, seed):
    low, high = sorted((one, other))
    few, many = (split_cases(cases_of(counts), ratio, seed=seed)["test"] for ratio in (low, high))
    assert patients(many) <= patients(few)


@settings(deadline=None, max_examples=25)
@given(sizes, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(counts, random):
    items = cases_of(counts)
    assert split_cases(random.sample(items, len(items)), 0.5, seed=1) == split_cases(items, 0.5, seed=1)


@pytest.mark.parametrize("ratio", RATIOS)
def test_758_patients_of_five_diseases_are_shared_out_as_counted_by_hand(ratio):
    sections = split_cases(cases_of(NTD), ratio, seed=4)
    learnt = patients(sections["training"]) | patients(sections["validation"])
    for dx, count in NTD.items():
        rounded = int(ratio * count + 0.5)  # of 18 mycetomas 2, 5, 9, 13, 16
        assert len({name for name in learnt if name.startswith(dx)}) == rounded
        kept = len(patients(sections["validation"], dx))
        assert kept == min(max(int(0.2 * rounded + 0.5), 1), rounded - 1), "a fifth, and at least one"


def test_a_class_with_two_cases_is_on_both_sides_and_one_with_a_single_case_on_one():
    sections = split_cases(cases_of({"a": 2, "b": 1}, images=1), 0.05)
    assert (len(patients(sections["training"], "a")), len(patients(sections["test"], "a"))) == (1, 1)
    assert len(patients(sections["test"], "b")) == 1


def test_a_case_of_two_classes_counts_in_the_one_it_has_more_images_of():
    mixed = [{"image_id": f"m{n}_{k}", "patient_id": f"m{n}", "dx": "ab"[k > 1]} for n in range(10) for k in range(3)]
    assert len(patients(split_cases(mixed, 0.3)["test"])) == 7


def test_another_seed_is_another_split():
    items = cases_of({"a": 30})
    assert split_cases(items, 0.5, seed=1) == split_cases(items, 0.5, seed=1) != split_cases(items, 0.5, seed=2)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"train_ratio": 0.0}, "train_ratio is 0.0; expected a number between 0 and 1"),
        ({"train_ratio": 1}, "train_ratio is 1; expected"),
        ({"train_ratio": 0.5, "validation_share": 1.0}, "validation_share is 1.0; expected"),
        ({"train_ratio": 0.5, "protocol": "case"}, "protocol is 'case'; expected one of cases, cases-faithful"),
    ],
)
def test_what_makes_no_sense_is_refused(words, message):
    with pytest.raises(UsageError, match=message):
        split_cases([], **words)


def test_a_bundle_that_names_the_protocol_has_it_whatever_the_file_says(tmp_path):
    items = cases_of({"nv": 10, "mel": 10}, images=1)
    for item in items:
        item["image"] = str(tmp_path / item["image"])
    write_dataset_json(
        tmp_path / "dataset.json", {"training": items[:15], "validation": items[15:], "test": items[15:]}
    )
    chosen = {"split": "cases", "train_ratio": 0.7, "seed": 2}
    parts = {name: load_datalist(tmp_path, name, **chosen) for name in ("training", "validation", "test")}
    assert {name: len(part) for name, part in parts.items()} == {"training": 12, "validation": 2, "test": 6}
    expected = split_cases(items, 0.7, seed=2)
    assert all([i["image_id"] for i in parts[name]] == [i["image_id"] for i in expected[name]] for name in parts)
    faithful = {**chosen, "split": "cases-faithful"}
    assert load_datalist(tmp_path, "validation", **faithful) == load_datalist(tmp_path, "test", **faithful)
    assert len(load_datalist(tmp_path, "all", **faithful)) == 20, "each once, although validation is test"
