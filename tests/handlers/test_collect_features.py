# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Features of every picture of a run."""

from __future__ import annotations

import pytest
import torch
from ignite.engine import Events

from monai_skin.errors import InvalidInputError
from monai_skin.handlers import CollectFeatures, features_layer
from monai_skin.networks import SoftAttentionNet
from tests.handlers.unfamiliar import PICTURES, CornerNet, run
from tests.interpretability.small_classifiers import dual_encoder, image_metadata, patients


def test_the_features_of_every_picture_are_kept_in_order():
    network = CornerNet()
    handler = CollectFeatures(network=network, weights="w.pt", layer="seen")
    run(network, [handler])
    with torch.no_grad():
        torch.testing.assert_close(handler.features, network.seen(PICTURES[:, :, 0, 1]))
    assert [row["image_id"] for row in handler.rows] == [f"i{index}" for index in range(6)]
    run(network, [handler])
    assert len(handler.rows) == len(handler.features) == 6, "a run leaves nothing to the next"


def test_f3_a_picture_that_could_not_be_read_has_none():
    network = CornerNet()
    handler = CollectFeatures(network=network, weights="w.pt", layer="seen")

    class Breaks:
        def attach(self, engine):
            engine.add_event_handler(Events.ITERATION_COMPLETED, lambda e: e.state.output[1].update(error="broken"))

    run(network, [Breaks(), handler])
    assert [row["image_id"] for row in handler.rows] == ["i0", "i2", "i3", "i5"]
    assert handler.rejected == [{"image_id": name, "reason": "broken"} for name in ("i1", "i4")]


@pytest.mark.parametrize(
    ("network", "layer"),
    [
        (dual_encoder(), "image_looks.0"),
        (dual_encoder(direction="s2o"), "segmented_looks.0"),
        (dual_encoder(fusion="sum"), "image_tokens"),
        (image_metadata("cross_attention"), "image_norm"),
        (SoftAttentionNet(trunk=torch.nn.Conv2d(3, 4, 3), trunk_channels=4, heads=2), "pool"),
    ],
)
def test_the_usual_features_of_a_network_are_those_of_the_picture_alone(network, layer):
    assert features_layer(network) == layer
    if layer == "pool":
        return
    given, seen = patients(), []
    dict(network.named_modules())[layer].register_forward_hook(lambda _, __, output: seen.append(output))
    known = {name: given[name] for name in ("image", "segmented", "clinical")[:: 1 if "looks" in layer else 2]}
    with torch.no_grad():
        network(**known)
        network(**{**known, "clinical": torch.zeros_like(given["clinical"])})
    assert torch.equal(seen[0], seen[1]), "whatever is known of the person"


def test_a_network_of_another_kind_needs_the_name_of_a_layer():
    with pytest.raises(InvalidInputError, match="Linear: network has no layer that is known; expected a network with"):
        features_layer(torch.nn.Linear(2, 2))
    with pytest.raises(InvalidInputError, match="CornerNet: layer is 'last'; expected a part of the network"):
        CollectFeatures(network=CornerNet(), weights="w.pt", layer="last")
