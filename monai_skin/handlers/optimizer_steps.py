# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Which iterations of a trainer end in a step of its optimizer."""

from __future__ import annotations

from ignite.engine import Engine

__all__: list[str] = []


def takes_a_step(engine: Engine) -> bool:
    """Whether the optimizer steps in this iteration: with MONAI's ``accumulation_steps`` it does so in every n-th.

    The last iteration of an epoch always ends in a step, of as many batches as have come together.
    """
    every = int(getattr(engine, "accumulation_steps", 1))
    length = engine.state.epoch_length
    done = engine.state.iteration if length is None else (engine.state.iteration - 1) % length + 1
    return done % every == 0 or done == length
