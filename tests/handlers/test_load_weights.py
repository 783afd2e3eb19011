# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Nothing is computed before the weights are in."""

from __future__ import annotations

import pytest
import torch
from ignite.engine import Engine

from monai_skin.errors import IntegrityError, InvalidInputError
from monai_skin.handlers import LoadWeights
from monai_skin.io import save_weights, sha256_of


def test_c5_a_missing_weight_file_is_an_error_before_anything_is_computed(tmp_path):
    computed = []
    engine = Engine(lambda e, batch: computed.append(batch))
    LoadWeights(str(tmp_path / "none.pt"), network=torch.nn.Linear(1, 1)).attach(engine)
    with pytest.raises(InvalidInputError, match=r"none\.pt") as caught:
        engine.run([0])
    assert computed == [] and caught.value.exit_code == 3


def test_c2_weights_that_differ_from_the_digest_stated_beside_them_are_refused(tmp_path):
    network = torch.nn.Linear(1, 1)
    save_weights(tmp_path / "w.pt", network.state_dict())
    for digest, fits in ((sha256_of(tmp_path / "w.pt"), True), ("0" * 64, False)):
        (tmp_path / "w.pt.sha256").write_text(f"{digest}  w.pt\n")
        engine = Engine(lambda e, batch: None)
        LoadWeights(str(tmp_path / "w.pt"), network=network).attach(engine)
        if fits:
            engine.run([0])
        else:
            with pytest.raises(IntegrityError, match="0000; expected|expected 0000"):
                engine.run([0])
