# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Tensors of a file under the names of an encoder."""

from __future__ import annotations

import pytest
import torch
import torch.nn as nn

from monai_skin.errors import InvalidInputError
from monai_skin.networks import match_weights


def encoder() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))


def theirs(name: str) -> str:
    return f"backbone.{name}"


def file() -> dict[str, torch.Tensor]:
    return {theirs(name): value + 1 for name, value in encoder().state_dict().items()}


def matched(published: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return match_weights(encoder(), published, published_name=theirs, source="w.pth")


def test_every_tensor_of_the_encoder_comes_from_the_file_and_the_rest_is_left_over():
    found = matched({**file(), "head.weight": torch.zeros(9)})
    assert {name: value.tolist() for name, value in found.items()} == {
        name: (value + 1).tolist() for name, value in encoder().state_dict().items()
    }


def test_a_counter_of_batches_may_be_missing():
    published = file()
    del published["backbone.1.num_batches_tracked"]
    assert int(matched(published)["1.num_batches_tracked"]) == 0


def test_any_other_tensor_that_is_missing_is_named():
    published = file()
    del published["backbone.1.running_var"]
    with pytest.raises(InvalidInputError, match=r"w\.pth: backbone\.1\.running_var is missing; expected shape \(3,\)"):
        matched(published)


def test_a_tensor_of_another_shape_is_named():
    with pytest.raises(InvalidInputError, match=r"backbone\.0\.weight has shape \(4, 2\); expected shape \(3, 2\)"):
        matched({**file(), "backbone.0.weight": torch.zeros(4, 2)})
