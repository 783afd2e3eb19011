# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import shutil

import numpy as np
import pytest
import torch
from monai.networks.nets import UNet
from PIL import Image

from monai_skin.data import list_images
from monai_skin.errors import IntegrityError, InvalidInputError
from monai_skin.io import read_mask, save_weights
from monai_skin.label import Outliner
from monai_skin.pipeline import segment
from tests.small_bundle import TINY


@pytest.fixture(scope="module")
def outliner(bundle):
    return Outliner(bundle, device="cpu")


def test_it_draws_what_a_whole_run_of_the_bundle_draws(outliner, bundle, pictures, tmp_path):
    done = segment(list_images(pictures), tmp_path, bundle_root=bundle, device="cpu", progress=False)
    for picture, row in zip(pictures, done.rows):
        np.testing.assert_array_equal(outliner.mask(picture), read_mask(done.folder / row["mask"]))


def test_probabilities_have_the_size_of_the_upright_picture(outliner, tmp_path):
    pixels = np.random.default_rng(0).integers(0, 255, (40, 60, 3), np.uint8)
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(pixels).save(tmp_path / "turned.jpg", exif=exif)
    found = outliner.probability(tmp_path / "turned.jpg")
    assert found.shape == (60, 40) and found.dtype == np.float32
    assert 0 <= found.min() <= found.max() <= 1


class _Constant(torch.nn.Module):
    def forward(self, image):
        return torch.zeros_like(image[:, :1])


class _Column(torch.nn.Module):
    def forward(self, image):
        out = torch.full_like(image[:, :1], -20.0)
        out[..., :8] = 20.0  # always the left of what it sees, which is no property of the picture
        return out


def test_views_that_agree_have_no_spread_and_views_that_do_not_have_the_largest(bundle, pictures):
    outliner = Outliner(bundle, device="cpu")
    outliner.network = _Constant()
    assert outliner.spread(pictures[0]) == 0
    outliner.network = _Column()
    assert outliner.spread(pictures[0]) == pytest.approx(0.5, abs=1e-6)  # half of the views say yes, half no


def test_other_weights_answer_otherwise_and_only_with_their_digest(bundle, pictures, tmp_path):
    torch.manual_seed(1)
    save_weights(tmp_path / "other.safetensors", UNet(**TINY).state_dict())
    other = Outliner(bundle, weights=tmp_path / "other.safetensors", device="cpu")
    own = Outliner(bundle, device="cpu")
    assert not np.array_equal(own.probability(pictures[0]), other.probability(pictures[0]))
    with pytest.raises(IntegrityError, match="sha256|digest"):
        Outliner(bundle, weights=tmp_path / "other.safetensors", sha256="0" * 64)


def test_a_bundle_that_outlines_nothing_is_refused(bundle, tmp_path):
    root = shutil.copytree(bundle, tmp_path / "bundle")
    file = root / "configs" / "inference.json"
    file.write_text(file.read_text().replace('"inferer"', '"other"').replace("@inferer", "@other"))
    with pytest.raises(InvalidInputError, match="inferer"):
        Outliner(root)
