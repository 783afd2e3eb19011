# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The stand-in for SAM's embedding is the same at every call, and says which weights it has."""

from __future__ import annotations

import numpy as np
import torch

from monai_skin.concepts import RegionEncoder, fixed_projection


def test_the_projection_is_orthonormal_and_always_the_same():
    projection = fixed_projection(40, 16)
    assert projection.shape == (16, 40)
    torch.testing.assert_close(projection @ projection.T, torch.eye(16), atol=1e-5, rtol=0)
    torch.testing.assert_close(fixed_projection(40, 16), projection, atol=0, rtol=0)


def test_without_weights_the_name_says_so_and_the_callers_random_numbers_are_left_alone():
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    first, second = RegionEncoder(weights=False), RegionEncoder(weights=False)
    assert torch.rand(1) == expected
    assert first.source.name == "efficientnet-lite0, random, seed 0" and first.source.sha256 == ""
    image = np.random.default_rng(0).integers(0, 256, (3, 64, 96), dtype=np.uint8)
    assert first(image).shape == (256, 2, 3)
    np.testing.assert_array_equal(first(image), second(image))
