# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
import torch

from monai_skin.errors import InvalidInputError
from monai_skin.networks import SingleModalityNet
from tests.networks.clinical_ultrasound.networks import encoder, pair

ENCODERS = ("clinical_encoder", "ultrasound_encoder")


@pytest.mark.parametrize("name", ENCODERS)
def test_it_looks_at_its_own_picture_and_at_no_other(name):
    net = SingleModalityNet(**{name: encoder()}, width=8).eval()
    (image, ultrasound), (other_image, other_ultrasound) = pair(), pair(seed=1)
    logits = net(image, ultrasound)
    same = net(other_image, ultrasound) if name == "ultrasound_encoder" else net(image, other_ultrasound)
    differs = net(image, other_ultrasound) if name == "ultrasound_encoder" else net(other_image, ultrasound)
    assert torch.equal(logits, same) and not torch.equal(logits, differs)
    alone = net(ultrasound=ultrasound) if name == "ultrasound_encoder" else net(image)
    assert torch.equal(logits, alone) and logits.shape == (2, 2)
    scripted = torch.jit.script(net)
    torch.testing.assert_close(scripted(image, ultrasound), logits)


def test_the_picture_it_needs_is_named():
    image, ultrasound = pair()
    with pytest.raises(
        InvalidInputError, match="^pair: image is missing; expected it, as the network looks at nothing"
    ):
        SingleModalityNet(clinical_encoder=encoder(), width=8)(ultrasound=ultrasound)
    with pytest.raises(InvalidInputError, match="^pair: ultrasound is missing; expected it"):
        SingleModalityNet(ultrasound_encoder=encoder(), width=8)(image)


@pytest.mark.parametrize("names", [(), ENCODERS])
def test_it_has_exactly_one_encoder(names):
    with pytest.raises(ValueError, match="exactly one of clinical_encoder and ultrasound_encoder"):
        SingleModalityNet(**{name: encoder() for name in names})
