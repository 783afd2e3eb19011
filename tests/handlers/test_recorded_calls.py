# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""What a part of a network gave within an iteration."""

from __future__ import annotations

import torch
import torch.nn as nn
from ignite.engine import Engine, Events

from monai_skin.handlers.recorded_calls import RecordedCalls


def test_all_calls_of_an_iteration_are_kept_and_those_after_taking_are_not():
    module, taken = nn.Identity(), []
    calls = RecordedCalls(module)

    def step(_, numbers):
        for number in numbers:
            module(torch.tensor([number]))

    engine = Engine(step)
    calls.attach(engine)

    @engine.on(Events.ITERATION_COMPLETED)
    def take():
        taken.append([one.tolist() for one in calls.take()])
        module(torch.tensor([0.0]))
        assert calls.take() == []

    module(torch.tensor([9.0]))  # outside a run
    engine.run([[1.0, 2.0], [3.0]])
    module(torch.tensor([9.0]))
    assert taken == [[[1.0], [2.0]], [[3.0]]]


def test_what_is_kept_is_a_copy_in_single_precision():
    module, seen = nn.Identity(), []
    calls = RecordedCalls(module)

    def step(_, value):
        module(value).add_(1)  # as an activation in place does
        seen.extend(calls.take())

    engine = Engine(step)
    calls.attach(engine)
    engine.run([torch.zeros(2, dtype=torch.bfloat16)])
    assert torch.equal(seen[0], torch.zeros(2)) and seen[0].dtype == torch.float32
