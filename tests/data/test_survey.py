# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""What the picture files of a data set are like."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monai_skin.data import (
    PictureFile,
    choose_sample,
    colour_moments,
    describe_colours,
    describe_files,
    survey_pictures,
)
from monai_skin.io import sha256_of, write_image
from tests.strategies import pixel_arrays


def item(folder, name, lesion="", dx="nv"):
    return {
        "image": str(folder / f"{name}.jpg"), "image_id": name, "lesion_id": lesion, "patient_id": "", "dx": dx,
        "age": None, "sex": "unknown", "site": "unknown",
    }  # fmt: skip


@pytest.fixture
def items(tmp_path):
    """Pictures of two sizes: b and d repeat a, e is cut off, f is not there."""
    noise = np.random.default_rng(0).integers(0, 256, (3, 300, 400), np.uint8)
    for name, pixels in {"a": noise, "b": noise, "c": noise[:, :30, :20], "d": noise, "e": noise}.items():
        write_image(tmp_path / f"{name}.jpg", pixels)
    whole = (tmp_path / "e.jpg").read_bytes()
    (tmp_path / "e.jpg").write_bytes(whole[: len(whole) // 2])
    lesions = {"a": "L1", "b": "L1", "c": "L1", "d": "L2", "e": "L3", "f": "L3"}
    return [item(tmp_path, name, lesion) for name, lesion in lesions.items()]


def test_sizes_equal_files_and_broken_ones_are_told_of(items):
    files = survey_pictures(items, progress=False)
    facts = describe_files(items, files, {"training": items[:3], "test": items[3:]})
    assert facts["image_sizes"] == [
        {"rows": 300, "columns": 400, "images": 3},
        {"rows": 30, "columns": 20, "images": 1},
    ]
    assert facts["same_bytes"] == [{"image_ids": ["a", "b", "d"], "lesions": 2, "sections": ["training", "test"]}]
    assert [(row["image_id"], row["file"]) for row in facts["broken"]] == [("e", "e.jpg"), ("f", "f.jpg")]
    assert facts["broken"][1]["reason"] == "f.jpg: file does not exist; expected a path to an existing file"
    assert isinstance(files[0], PictureFile)
    assert files[0].digest == sha256_of(items[0]["image"])


def test_a_sample_takes_as_many_of_each_class_as_there_are(tmp_path):
    counts = {"nv": 30, "mel": 2, "": 5}
    many = [item(tmp_path, f"{dx}{number}", dx=dx) for dx, count in counts.items() for number in range(count)]
    sample = choose_sample(many, 12, seed=3)
    assert sorted(one["dx"] for one in sample) == [""] * 5 + ["mel"] * 2 + ["nv"] * 5
    shuffled = random.Random(0).sample(many, len(many))
    assert choose_sample(shuffled, 12, seed=3) == sample
    assert choose_sample(many, 7, seed=3) == sample[:7]
    assert choose_sample(many, 12, seed=4) != sample
    assert len(choose_sample(many, 1000)) == len(many)


@given(st.lists(pixel_arrays(), min_size=1, max_size=4))
def test_colours_are_the_mean_and_deviation_with_every_picture_weighing_the_same(pictures):
    rows = describe_colours({"mel": [colour_moments(pixels) for pixels in pictures]})
    weights = np.concatenate([np.full(pixels[0].size, 1 / pixels[0].size) for pixels in pictures])
    values = np.concatenate([pixels.reshape(3, -1) for pixels in pictures], axis=1).astype(float)
    mean = np.average(values, axis=1, weights=weights)
    deviation = np.sqrt(np.average((values - mean[:, None]) ** 2, axis=1, weights=weights))
    assert rows[0]["dx"] == "mel"
    assert rows[0]["images"] == len(pictures)
    np.testing.assert_allclose(rows[0]["mean"], mean, atol=0.006)
    np.testing.assert_allclose(rows[0]["std"], deviation, atol=0.006)
