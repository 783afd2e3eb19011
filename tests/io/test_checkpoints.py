# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Training states come back as they were, or were never written."""

from __future__ import annotations

import collections

import pytest
import torch
from torch import nn

from monai_skin.errors import InvalidInputError, UsageError
from monai_skin.io import load_checkpoint, save_checkpoint


def training_state() -> dict[str, object]:
    network = nn.Linear(3, 2)
    optimizer = torch.optim.AdamW(network.parameters())
    scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, [2, 4])
    network(torch.ones(1, 3)).sum().backward()
    optimizer.step()
    scheduler.step()
    states = {"model": network, "optimizer": optimizer, "scheduler": scheduler}
    return {
        "epoch": 3,
        "best": 0.91,
        "history": [0.5, 0.91],
        **{key: part.state_dict() for key, part in states.items()},
    }


def test_a_training_state_comes_back(tmp_path):
    state = training_state()
    save_checkpoint(tmp_path / "last.pt", state)
    loaded = load_checkpoint(tmp_path / "last.pt")
    assert loaded.keys() == state.keys()
    assert (loaded["epoch"], loaded["best"], loaded["history"]) == (3, 0.91, [0.5, 0.91])
    assert torch.equal(loaded["optimizer"]["state"][0]["exp_avg"], state["optimizer"]["state"][0]["exp_avg"])
    assert loaded["scheduler"]["milestones"] == collections.Counter([2, 4])


@pytest.mark.parametrize("value", [object(), nn.Linear(1, 1), print])
def test_what_could_not_be_read_back_is_not_written(value, tmp_path):
    save_checkpoint(tmp_path / "last.pt", {"epoch": 1})
    with pytest.raises(UsageError, match=r"^last\.pt: state holds something that cannot be read back safely"):
        save_checkpoint(tmp_path / "last.pt", {"epoch": 2, "extra": value})
    assert load_checkpoint(tmp_path / "last.pt") == {"epoch": 1}


def test_a_cut_checkpoint_is_refused(tmp_path):
    save_checkpoint(tmp_path / "last.pt", training_state())
    data = (tmp_path / "last.pt").read_bytes()
    for offset in range(4, len(data) - 1, len(data) // 10):
        with pytest.raises(InvalidInputError, match="damaged or cut off"):
            load_checkpoint(data[:offset])


def test_what_is_no_dictionary_is_no_checkpoint(tmp_path):
    torch.save([1, 2], tmp_path / "list.pt")
    with pytest.raises(InvalidInputError, match=r"^list\.pt: checkpoint holds list; expected a dictionary"):
        load_checkpoint(tmp_path / "list.pt")
