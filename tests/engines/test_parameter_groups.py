# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Learning rates by layer, weight decay by kind, and the schedule that goes with them in a bundle's JSON."""

from __future__ import annotations

import pytest
import torch
import torch.nn as nn
from ignite.engine import Events
from monai.bundle import ConfigParser

from monai_skin.engines import parameter_groups
from monai_skin.errors import UsageError
from monai_skin.handlers import StepScheduler
from tests.handlers.engines import engine_with

RATES = {"learning_rate": 3e-4, "encoder_learning_rate": 1e-4, "weight_decay": 0.05}


class Net(nn.Module):
    """One of each: kernel, bias, norm, embedding, attention, token, channel scale."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
        self.encoder_free = nn.Linear(2, 2, bias=False)
        self.sex = nn.Embedding(3, 4)
        self.attention = nn.MultiheadAttention(4, 2)
        self.token = nn.Parameter(torch.zeros(1, 1, 4))
        self.response = nn.GroupNorm(2, 4)
        self.response.weight = nn.Parameter(torch.ones(1, 1, 1, 4))
        self.head = nn.Linear(4, 1)


def names_of(network: nn.Module, **words: object) -> dict[tuple[float, float], set[str]]:
    names = {id(parameter): name for name, parameter in network.named_parameters()}
    groups = parameter_groups(network, **{**RATES, **words})
    return {
        (group["lr"], group["weight_decay"]): {names[id(parameter)] for parameter in group["params"]}
        for group in groups
    }


def test_each_parameter_is_in_the_group_of_its_kind():
    found = names_of(Net())
    assert list(found) == [(3e-4, 0.05), (3e-4, 0.0), (1e-4, 0.05), (1e-4, 0.0)], "what is logged is the first"
    assert found[1e-4, 0.05] == {"encoder.0.weight"}
    assert found[1e-4, 0.0] == {"encoder.0.bias", "encoder.1.weight", "encoder.1.bias"}
    assert found[3e-4, 0.05] == {
        "encoder_free.weight",
        "attention.in_proj_weight",
        "attention.out_proj.weight",
        "head.weight",
    }
    everything = {name for name, _ in Net().named_parameters()}
    assert set().union(*found.values()) == everything
    assert sum(len(names) for names in found.values()) == len(everything), "each once"


def test_frozen_parameters_and_empty_groups_are_left_out():
    network = Net()
    network.encoder.requires_grad_(False)
    assert list(names_of(network)) == [(3e-4, 0.05), (3e-4, 0.0)]
    assert names_of(nn.Linear(2, 2, bias=False), encoder_names=[]) == {(3e-4, 0.05): {"weight"}}


def test_an_encoder_the_network_does_not_have_is_told_with_what_it_has():
    with pytest.raises(UsageError, match="optimizer: encoder_names has 'body'; expected such as encoder, encoder_free"):
        parameter_groups(Net(), **RATES, encoder_names=["encoder", "body"])


def rates_by_epoch(scheduler: dict[str, object], epochs: int) -> list[list[float]]:
    """Learning rate of each group in each epoch, with everything built from JSON as in a bundle."""
    parser = ConfigParser(
        {
            "network_def": {"_target_": "tests.engines.test_parameter_groups.Net"},
            "optimizer": {
                "_target_": "torch.optim.AdamW",
                "params": {"_target_": "monai_skin.engines.parameter_groups", "network": "@network_def", **RATES},
            },
            "lr_scheduler": scheduler,
        }
    )
    optimizer = parser.get_parsed_content("optimizer")
    stepper = StepScheduler(parser.get_parsed_content("lr_scheduler"), evaluator=engine_with(), metric="")
    rates = []
    trainer = engine_with()
    trainer.add_event_handler(
        Events.EPOCH_STARTED, lambda: rates.append([group["lr"] for group in optimizer.param_groups])
    )
    trainer.add_event_handler(Events.ITERATION_COMPLETED, lambda: optimizer.step())
    stepper.attach(trainer)
    trainer.run([0], max_epochs=epochs)
    return rates


RESTARTS = {
    "_target_": "torch.optim.lr_scheduler.CosineAnnealingWarmRestarts",
    "optimizer": "@optimizer",
    "T_0": 10,
    "T_mult": 2,
}


def test_a_cosine_with_warm_restarts_is_back_at_the_maximum_in_epochs_0_10_and_30():
    rates = rates_by_epoch(RESTARTS, 32)
    for group, highest in enumerate([3e-4, 3e-4, 1e-4, 1e-4]):
        series = [epoch[group] for epoch in rates]
        assert [number for number, rate in enumerate(series) if rate == pytest.approx(highest)] == [0, 10, 30]
        assert series[5] == pytest.approx(highest / 2), "half way down: (1 + cos(pi/2)) / 2"
        assert series[20] == pytest.approx(highest / 2)


def test_three_epochs_of_warming_up_move_the_restarts_by_three():
    scheduler = {
        "_target_": "torch.optim.lr_scheduler.SequentialLR",
        "optimizer": "@optimizer",
        "schedulers": [
            {
                "_target_": "torch.optim.lr_scheduler.LinearLR",
                "optimizer": "@optimizer",
                "start_factor": 0.25,
                "total_iters": 3,
            },
            RESTARTS,
        ],
        "milestones": [3],
    }
    series = [epoch[0] for epoch in rates_by_epoch(scheduler, 35)]
    # a quarter, then a third of the remaining three quarters more in each epoch
    assert series[:4] == pytest.approx([0.75e-4, 1.5e-4, 2.25e-4, 3e-4])
    assert [number for number, rate in enumerate(series) if rate == pytest.approx(3e-4)] == [3, 13, 33]
