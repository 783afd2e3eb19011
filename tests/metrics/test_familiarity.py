# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The file of what training pictures look like."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from monai_skin.errors import InvalidInputError
from monai_skin.io import read_described_tensors, write_described_tensors
from monai_skin.metrics import (
    FAMILIARITY_FORMAT,
    Familiarity,
    fit_class_gaussians,
    mahalanobis_distance,
    pool_features,
    read_familiarity,
    write_familiarity,
)

FEATURES = np.random.default_rng(0).normal(size=(30, 4))
FITTED = Familiarity(
    gaussians=fit_class_gaussians(FEATURES, np.arange(30) % 2),
    threshold=2.5,
    layer="encoder.last",
    weights_sha256="ab" * 32,
    classes=("mel", "nv"),
    fitted_on="phantoms",
    training_images=30,
    validation_images=10,
    share=0.05,
)


def test_what_is_written_is_read_again_in_single_precision(tmp_path):
    write_familiarity(tmp_path / "f.safetensors", FITTED)
    found = read_familiarity(tmp_path / "f.safetensors")
    assert replace(found, gaussians=FITTED.gaussians) == FITTED
    np.testing.assert_allclose(found.distances(FEATURES), mahalanobis_distance(FEATURES, FITTED.gaussians), rtol=1e-5)
    assert read_described_tensors(tmp_path / "f.safetensors")[1]["format"] == FAMILIARITY_FORMAT


def test_the_same_content_gives_the_same_bytes(tmp_path):
    for name in "ab":
        write_familiarity(tmp_path / name, FITTED)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("format", 2, "format is '2'; expected 1"),
        ("kind", "calibration", "kind is 'calibration'; expected \"familiarity\""),
        ("threshold", None, "threshold is 'None'; expected a number"),
        ("threshold", 10**400, "threshold is '1000"),
        ("threshold", True, "threshold is 'True'; expected a number"),
        ("layer", "", "layer is ''; expected the name of a part of the network"),
        ("weights_sha256", "AB" * 32, "weights_sha256 is 'ABAB"),
        ("classes", "mel", "classes is 'mel'; expected a list of class codes"),
        ("classes", ["mel"], r"means is torch.float32 of shape \(2, 4\); expected numbers of shape \(1, 4\)"),
        ("training_images", 0, "training_images is '0'; expected a whole number above 0"),
        ("share", 1, "share is '1'; expected a number between 0 and 1"),
    ],
)
def test_a_field_that_cannot_be_used_is_named_with_its_file(tmp_path, field, value, problem):
    write_familiarity(tmp_path / "f.safetensors", FITTED)
    tensors, fields = read_described_tensors(tmp_path / "f.safetensors")
    write_described_tensors(tmp_path / "f.safetensors", tensors, {**fields, field: value})
    with pytest.raises(InvalidInputError, match=f"^f.safetensors: {problem}"):
        read_familiarity(tmp_path / "f.safetensors")


@pytest.mark.parametrize("missing", ["threshold", "layer", "weights_sha256", "means", "whitening"])
def test_what_is_missing_is_named(tmp_path, missing):
    write_familiarity(tmp_path / "f.safetensors", FITTED)
    parts = read_described_tensors(tmp_path / "f.safetensors")
    tensors, fields = ({name: one for name, one in part.items() if name != missing} for part in parts)
    write_described_tensors(tmp_path / "f.safetensors", tensors, fields)
    with pytest.raises(InvalidInputError, match=f"{missing} is missing"):
        read_familiarity(tmp_path / "f.safetensors")


@pytest.mark.parametrize(("shape", "kept"), [((2, 3, 4, 5), (2, 3)), ((2, 7, 3), (2, 3)), ((2, 3), (2, 3))])
def test_maps_and_tokens_become_one_vector_an_image(shape, kept):
    seen = torch.randn(shape)
    pooled = pool_features(seen)
    assert pooled.shape == kept
    # channels stand second in a map and last among tokens
    flat = seen.flatten(2) if len(shape) == 4 else seen.transpose(1, -1).reshape(2, 3, -1)
    torch.testing.assert_close(pooled, flat.mean(dim=2))


def test_another_shape_is_refused():
    with pytest.raises(InvalidInputError, match=r"layer: output has the shape \(3,\); expected \(B, F\), \(B, N, F\)"):
        pool_features(torch.zeros(3))
