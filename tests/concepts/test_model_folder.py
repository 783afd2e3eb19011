# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""A model is taken from its folder whole, checked, or not at all."""

from __future__ import annotations

import shutil

import pytest
import torch

from monai_skin.concepts import ModelSource
from monai_skin.concepts.model_folder import open_model
from monai_skin.errors import IntegrityError, InvalidInputError, UsageError
from monai_skin.io import load_weights, save_weights, sha256_of

CPU = torch.device("cpu")


def source_of(folder, **fields):
    return ModelSource("sam", "facebook/sam-vit-huge", folder=str(folder), **fields)


@pytest.fixture
def copy(weights, tmp_path):
    return shutil.copytree(weights / "sam-vit-huge", tmp_path / "copy")


def test_the_digest_of_the_weights_is_measured_and_nothing_learns(copy):
    network, source = open_model(source_of(copy), device=CPU)
    assert source.sha256 == sha256_of(copy / "model.safetensors")
    assert not network.training and not any(weight.requires_grad for weight in network.parameters())


def test_another_digest_than_stated_is_refused(copy):
    with pytest.raises(IntegrityError, match="facebook/sam-vit-huge: sha256 of model.safetensors is"):
        open_model(source_of(copy, sha256="0" * 64), device=CPU)


def test_an_absent_folder_is_an_error_with_model_revision_and_files(tmp_path):
    message = r"folder absent does not exist; expected a folder with config.json, .* of facebook/sam.*, revision abc, d"
    with pytest.raises(UsageError, match=message):
        open_model(source_of(tmp_path / "absent", revision="abc"), device=CPU)
    with pytest.raises(UsageError, match="facebook/sam-vit-huge: folder is not given"):
        open_model(source_of(""), device=CPU)


def test_weights_that_lack_a_tensor_are_refused_instead_of_filled_with_random_numbers(copy):
    tensors = load_weights(copy / "model.safetensors")
    del tensors["mask_decoder.iou_token.weight"]
    save_weights(copy / "model.safetensors", tensors, metadata={"format": "pt"})
    with pytest.raises(InvalidInputError, match=r"lack 1 of the model's tensors \(mask_decoder.iou_token.weight\)"):
        open_model(source_of(copy), device=CPU)


def test_another_model_and_a_torn_file_are_refused(copy, weights):
    with pytest.raises(InvalidInputError, match="model_type is 'grounding-dino'; expected sam"):
        open_model(source_of(weights / "grounding-dino-base"), device=CPU)
    data = (copy / "model.safetensors").read_bytes()
    (copy / "model.safetensors").write_bytes(data[:1000])
    with pytest.raises(InvalidInputError, match="files cannot be loaded"):
        open_model(source_of(copy), device=CPU)
