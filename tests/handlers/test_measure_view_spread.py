# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""How far a picture's views are apart."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from ignite.engine import Events

from monai_skin.handlers import MeasureViewSpread
from monai_skin.metrics import mutual_information
from tests.handlers.unfamiliar import PICTURES, CornerNet, run


def all_views() -> list[torch.Tensor]:
    turned = [torch.rot90(PICTURES, turns, (-2, -1)) for turns in range(4)]
    return turned + [view.flip(-1) for view in turned]


def test_eight_views_have_the_spread_of_the_dihedral_group():
    network = CornerNet()
    items = run(network, [MeasureViewSpread(network=network)], views=8)
    with torch.no_grad():
        probabilities = np.stack([network(view).double().softmax(dim=1).numpy() for view in all_views()])
    expected = mutual_information(probabilities)
    assert expected.min() > 1e-5
    np.testing.assert_allclose([item["view_spread"] for item in items], expected, atol=1e-9)


def test_the_size_of_a_batch_changes_nothing():
    network = CornerNet()
    spreads = [
        [item["view_spread"] for item in run(network, [MeasureViewSpread(network=network)], views=4, batch=size)]
        for size in (1, 4)
    ]
    assert spreads[0] == pytest.approx(spreads[1], abs=1e-7)


def test_one_view_has_no_spread():
    network = CornerNet()
    assert not any("view_spread" in item for item in run(network, [MeasureViewSpread(network=network)]))


def test_a_handler_that_calls_the_network_later_is_not_a_view():
    network = CornerNet()

    class Explains:
        def attach(self, engine):
            engine.add_event_handler(Events.ITERATION_COMPLETED, lambda: network(PICTURES[:1]))

    plain, explained = (
        [item["view_spread"] for item in run(network, [MeasureViewSpread(network=network), *more], views=4)]
        for more in ([], [Explains()])
    )
    assert plain == explained


def test_after_a_run_nothing_is_left_on_the_network():
    network = CornerNet()
    run(network, [MeasureViewSpread(network=network)], views=4)
    assert not network._forward_hooks
