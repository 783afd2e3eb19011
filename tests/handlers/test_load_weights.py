# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Nothing is computed before the weights are in."""

from __future__ import annotations

import pytest
import torch
from ignite.engine import Engine

from monai_skin.errors import InvalidInputError
from monai_skin.handlers import LoadWeights


def test_c5_a_missing_weight_file_is_an_error_before_anything_is_computed(tmp_path):
    computed = []
    engine = Engine(lambda e, batch: computed.append(batch))
    LoadWeights(str(tmp_path / "none.pt"), network=torch.nn.Linear(1, 1)).attach(engine)
    with pytest.raises(InvalidInputError, match=r"none\.pt") as caught:
        engine.run([0])
    assert computed == [] and caught.value.exit_code == 3
