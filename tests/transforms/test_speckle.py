# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from monai_skin.errors import InvalidInputError
from monai_skin.transforms import AddSpeckle, AddSpeckled, RandSpeckle, RandSpeckled, add_speckle
from tests.transforms.images import images


def test_the_noise_grows_with_the_brightness():
    image = torch.tensor([0.1, 0.4])[None, None, :].expand(1, 400, 2).repeat_interleave(200, dim=2).contiguous()
    noise = add_speckle(image, sigma=0.1, seed=0) - image
    dark, bright = (float(noise[..., half].std()) for half in (slice(0, 200), slice(200, 400)))
    assert dark == pytest.approx(0.01, rel=0.02) and bright == pytest.approx(0.04, rel=0.02)
    assert float(noise.mean()) == pytest.approx(0, abs=0.0005)


@settings(deadline=None, max_examples=25)
@given(images, st.floats(0, 2), st.integers(0, 1000))
def test_the_result_is_an_image_and_black_stays_black(image, sigma, seed):
    found = add_speckle(image, sigma=sigma, seed=seed)
    assert found.dtype == image.dtype and found.shape == image.shape
    assert found.min() >= 0 and found.max() <= (255 if image.dtype == torch.uint8 else 1)
    assert not found[image == 0].any()


@settings(deadline=None, max_examples=10)
@given(images)
def test_no_noise_changes_nothing_and_the_same_seed_gives_the_same(image):
    assert torch.equal(add_speckle(image, sigma=0.0, seed=3), image)
    assert torch.equal(add_speckle(image, sigma=0.3, seed=3), add_speckle(image, sigma=0.3, seed=3))


def test_the_dictionary_forms_are_the_array_forms():
    image = torch.rand(1, 20, 20, generator=torch.Generator().manual_seed(0))
    found = AddSpeckled(keys="us", sigma=0.2, seed=4)({"us": image})["us"]
    assert torch.equal(found, AddSpeckle(sigma=0.2, seed=4)(image))
    drawn, again = RandSpeckled(keys="us", sigma=0.2), RandSpeckle(sigma=0.2)
    assert torch.equal(drawn.set_random_state(5)({"us": image})["us"], again.set_random_state(5)(image))


def test_the_amount_is_drawn_from_nothing_to_the_largest():
    transform = RandSpeckle(sigma=0.2).set_random_state(0)
    drawn = []
    for _ in range(200):
        transform.randomize()
        drawn.append(transform.drawn["sigma"])
    assert 0 <= min(drawn) < 0.01 and 0.19 < max(drawn) <= 0.2


def test_it_can_leave_a_picture_as_it_is():
    image = torch.rand(1, 20, 20, generator=torch.Generator().manual_seed(0))
    assert torch.equal(RandSpeckle(sigma=0.2, prob=0.0)(image), image)


@pytest.mark.parametrize("kind", [AddSpeckle, RandSpeckle])
def test_what_is_no_image_and_a_negative_amount_are_refused(kind):
    with pytest.raises(ValueError, match=r"sigma must be 0 or more, got -0\.1"):
        kind(sigma=-0.1)
    with pytest.raises(InvalidInputError, match=r"shape is \(2, 9, 9\); expected \(1, H, W\) or \(3, H, W\)"):
        kind()(torch.zeros(2, 9, 9))
    with pytest.raises(InvalidInputError, match="pixels are float from 0 to 255"):
        kind()(torch.tensor([[[0.0, 255.0]]]))
