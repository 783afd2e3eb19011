# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The published split and its numbers on the published table; test images that training has seen."""

from __future__ import annotations

import shutil
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import train_test_split

from monai_skin.data import (
    augmented_class_counts,
    exclude_known_leaks,
    find_leaks,
    load_sections,
    read_ham10000,
    read_isic2019,
    refuse_leaks,
    soft_attention_split,
    write_dataset_json,
)
from monai_skin.data.protocols import SOFT_ATTENTION_PROTOCOL
from monai_skin.errors import IntegrityError, InvalidInputError, UsageError
from monai_skin.io import read_json, read_table
from monai_skin.labels import VOCABULARIES

CLASSES = VOCABULARIES["ham10000"]
TRAINING = (304, 488, 1033, 109, 1079, 6042, 132)


@pytest.fixture(scope="module")
def ham10000(data_root, tmp_path_factory):
    folder = tmp_path_factory.mktemp("ham10000")
    shutil.copy(data_root / "tables" / "HAM10000_metadata.csv", folder)
    return read_ham10000(folder)


@pytest.fixture(scope="module")
def isic2019(data_root, tmp_path_factory):
    folder = tmp_path_factory.mktemp("isic2019")
    for name in ("ISIC_2019_Training_GroundTruth.csv", "ISIC_2019_Training_Metadata.csv"):
        shutil.copy(data_root / "tables" / name, folder)
    return read_isic2019(folder)


def by_class(items):
    counts = Counter(item["dx"] for item in items)
    return tuple(counts[dx] for dx in CLASSES)


def item(image_id, lesion_id="", dx="nv", patient_id=""):
    return {
        "image_id": image_id,
        "lesion_id": lesion_id,
        "patient_id": patient_id,
        "dx": dx,
        "image": f"{image_id}.jpg",
    }


@pytest.mark.parametrize(
    ("share", "test"),
    [
        (0.15, (23, 26, 66, 6, 34, 663, 10)),
        (0.2, (30, 35, 88, 8, 46, 883, 13)),
        (0.3, (45, 53, 132, 12, 69, 1325, 19)),
    ],
)
def test_of_ham10000_as_many_images_of_each_class_are_held_out_as_published(ham10000, share, test):
    sections = soft_attention_split(ham10000, seed=1, share=share)
    assert by_class(sections["test"]) == test
    assert by_class(sections["training"]) == tuple(np.subtract(by_class(ham10000), test))
    assert len(sections["training"]) + len(sections["test"]) == 10_015


def test_no_lesion_is_on_two_sides_and_a_held_out_one_has_a_single_image(ham10000):
    sections = soft_attention_split(ham10000)
    assert len(sections["test"]) == 828 and by_class(sections["training"]) == TRAINING
    images = Counter(item["lesion_id"] for item in ham10000)
    assert {images[item["lesion_id"]] for item in sections["test"]} == {1}
    refuse_leaks(sections["training"], sections["test"])


def test_validation_is_the_test_section_and_the_dataset_file_says_so(tmp_path):
    items = [item(f"i{number}", f"l{number}") for number in range(20)]
    sections = soft_attention_split(items)
    assert sections["validation"] == sections["test"]
    write_dataset_json(tmp_path / "dataset.json", sections, description=SOFT_ATTENTION_PROTOCOL)
    assert "validation is the test section" in read_json(tmp_path / "dataset.json")["selection"]
    loaded = load_sections(tmp_path)
    assert {name: len(section) for name, section in loaded.items()} == {"training": 17, "validation": 3, "test": 3}


# ties between remainders are broken by the name here and by chance there, so sizes without ties are drawn
@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(10, 90), min_size=2, max_size=5), st.sampled_from([0.15, 0.2, 0.3]), st.integers(0, 9))
def test_classes_are_held_out_in_the_numbers_of_scikit_learns_stratified_split(sizes, share, seed):
    truth = [f"class {number}" for number, size in enumerate(sizes) for _ in range(size)]
    items = [item(f"i{number}", f"l{number}", dx) for number, dx in enumerate(truth)]
    theirs = Counter(train_test_split(truth, test_size=share, stratify=truth, random_state=seed)[1])
    ours = Counter(each["dx"] for each in soft_attention_split(items, seed, share=share)["test"])
    assert ours.total() == theirs.total()
    assert all(abs(ours[dx] - theirs[dx]) <= 1 for dx in set(truth))
    remainders = [(len(truth) - ours.total()) * size % len(truth) for size in sizes]
    if len(set(remainders)) == len(remainders):
        assert ours == theirs


@settings(deadline=None)
@given(st.integers(0, 5), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter_but_the_seed_does(seed, random):
    items = [item(f"i{number}", f"l{number % 30}") for number in range(40)]
    sections = soft_attention_split(items, seed)
    assert soft_attention_split(random.sample(items, len(items)), seed) == sections
    assert soft_attention_split(items, seed + 1) != sections


def test_an_image_without_a_lesion_stays_in_training():
    items = [item("alone", ""), *(item(f"i{number}", f"l{number}") for number in range(8))]
    assert "alone" in {each["image_id"] for each in soft_attention_split(items, share=0.99)["training"]}


def test_a_share_and_a_datalist_that_cannot_be_split_are_refused():
    with pytest.raises(UsageError, match="share is 1.0; expected a number between 0 and 1"):
        soft_attention_split([item("a", "x")], share=1.0)
    with pytest.raises(InvalidInputError, match="datalist: lesion_id names no lesion with exactly one image"):
        soft_attention_split([item("a", "x"), item("b", "x")])


def test_augmentation_brings_the_classes_to_the_published_counts():
    counts = augmented_class_counts(dict(zip(CLASSES, TRAINING, strict=True)))
    assert tuple(counts.values()) == (6992, 7858, 7931, 5877, 7903, 8042, 7096)
    assert sum(counts.values()) == 51_699


@settings(deadline=None)
@given(st.integers(1, 9000), st.integers(1, 9000), st.integers(1, 70))
def test_augmentation_is_what_a_generator_of_batches_would_write(count, target, batch):
    written, position = count, 0
    for _ in range(-(-(target - count) // batch)):
        size = min(batch, count - position)  # a batch ends where a pass over the images does
        written, position = written + size, (position + size) % count
    assert augmented_class_counts({"nv": count}, target=target, batch=batch) == {"nv": written}


def test_a_class_beyond_the_target_keeps_its_images_and_one_without_any_is_refused():
    assert augmented_class_counts({"nv": 9000}) == {"nv": 9000}
    with pytest.raises(UsageError, match="counts of mel is 0; expected one or more images of every class"):
        augmented_class_counts({"nv": 5, "mel": 0})


def test_every_kind_of_leak_is_found_and_named():
    train = [item("a", "x"), item("b_downsampled"), item("c", "", patient_id="p")]
    test = [
        item("a", "x"),
        item("a_downsampled"),
        item("b"),
        item("d", "x"),
        item("e", "y", patient_id="p"),
        item("f", "y", patient_id="q"),
        item("g"),
    ]
    leaks = {
        "a": "same image",
        "a_downsampled": "same image at another size",
        "b": "same image at another size",
        "d": "same lesion",
        "e": "same patient",
    }
    assert find_leaks(train, test) == leaks
    assert exclude_known_leaks(test, train) == ([test[5], test[6]], leaks)
    expected = (
        r"outside: image_id has 5 of 7 images that training has seen \(2 same image at another size, 1 same image,"
        r" 1 same lesion, 1 same patient\), first a, a_downsampled, b; expected none"
    )
    with pytest.raises(IntegrityError, match=expected):
        refuse_leaks(train, test, source="outside")
    refuse_leaks(train, test[5:])


def test_isic_2019_is_no_external_test_set_for_ham10000(ham10000, isic2019):
    kept, leaks = exclude_known_leaks(isic2019, ham10000)
    assert Counter(leaks.values()) == {"same image": 10_015}
    assert len(kept) == 25_331 - 10_015
    assert not any(each["lesion_id"].startswith("HAM_") for each in kept)


def test_isic_2019_has_every_training_image_of_isic_2017_most_of_them_at_another_size(isic2019, data_root):
    rows = read_table(data_root / "tables" / "ISIC2017_Training_Part3_GroundTruth.csv")
    train = [item(row["image_id"]) for row in rows]
    reasons = Counter(find_leaks(train, isic2019).values())
    # 2,074 ids of ISIC 2019 end in "_downsampled"; 1,283 of them are in this table without the ending
    assert reasons == {"same image at another size": 1_283, "same image": 717}
    assert reasons.total() == len(train)
