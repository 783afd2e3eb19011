# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The moving average is what is validated, kept and resumed."""

from __future__ import annotations

import pytest
import torch
from ignite.engine import Engine, Events

from monai_skin.errors import UsageError
from monai_skin.handlers import AverageWeights, Checkpoint, SaveBestWeights
from monai_skin.io import load_weights
from tests.handlers.engines import engine_with, supervised_trainer


def small() -> torch.nn.Module:
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), torch.nn.Linear(4, 1))


def tensors(network: torch.nn.Module) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in network.state_dict().items()}


class Watch:
    """Takes down the weights when an event fires."""

    def __init__(self, network: torch.nn.Module, event: Events) -> None:
        self.network, self.event, self.seen = network, event, []

    def attach(self, engine: Engine) -> None:
        engine.add_event_handler(self.event, lambda: self.seen.append(tensors(self.network)))


def test_the_average_of_the_weights_is_that_of_the_formula():
    # 1, 2, 4 after the steps, from 0 before: shares 1/10, 2/11 and min(0.2, 3/12) of the old average are kept
    network, trainer = torch.nn.Linear(1, 1, bias=False), engine_with()
    network.weight.data.fill_(0.0)
    AverageWeights(network, decay=0.2).attach(trainer)
    values = iter([1.0, 2.0, 4.0])
    trainer.add_event_handler(Events.ITERATION_STARTED, lambda: network.weight.data.fill_(next(values)))
    trainer.run([0, 0, 0], max_epochs=1)
    average = 0.9 * 1.0
    average = average * 2 / 11 + 2.0 * 9 / 11
    average = average * 0.2 + 4.0 * 0.8
    assert network.weight.item() == pytest.approx(average)


def test_running_means_are_averaged_and_counters_are_not():
    network = small()
    last = Watch(network, Events.ITERATION_COMPLETED)
    supervised_trainer(network, [last, AverageWeights(network)]).run()
    before = small().state_dict()["1.running_mean"]
    expected = before
    for number, seen in enumerate(last.seen):
        kept = (1 + number) / (10 + number)
        expected = kept * expected + (1 - kept) * seen["1.running_mean"]
    torch.testing.assert_close(network.state_dict()["1.running_mean"], expected)
    assert network.state_dict()["1.num_batches_tracked"] == 4


def test_averaging_does_not_change_what_is_learnt():
    def learnt(*more: object) -> list[dict[str, torch.Tensor]]:
        network = small()
        watch = Watch(network, Events.ITERATION_COMPLETED)
        handlers = [AverageWeights(network)] if more else []
        supervised_trainer(network, [watch, *handlers], epochs=3).run()
        return watch.seen

    for one, other in zip(learnt("with"), learnt(), strict=True):
        assert all(torch.equal(one[name], other[name]) for name in other)


def test_validation_and_best_weights_see_the_average(tmp_path):
    network = small()
    average = AverageWeights(network)
    learnt, validated = Watch(network, Events.ITERATION_COMPLETED), Watch(network, Events.EPOCH_COMPLETED)
    evaluator = engine_with()
    evaluator.state.metrics, evaluator.state.epoch = {"dice": 0.5}, 1
    best = SaveBestWeights(str(tmp_path / "m.pt"), network=network, evaluator=evaluator, metric="dice", half=False)
    supervised_trainer(network, [learnt, average, validated, best]).run()
    kept = load_weights(tmp_path / "m.pt")
    assert all(torch.equal(kept[name], value) for name, value in validated.seen[-1].items())
    assert not torch.equal(kept["0.weight"], learnt.seen[-1]["0.weight"])
    assert torch.equal(average.state_dict()["other"]["0.weight"], learnt.seen[-1]["0.weight"])


def trained(folder, epochs: int, *, resume: bool = False) -> dict[str, torch.Tensor]:
    network = small()
    average = AverageWeights(network)
    checkpoint = Checkpoint(str(folder / "c.pt"), objects={"average": average, "network": network}, resume=resume)
    supervised_trainer(network, [average, checkpoint], epochs=epochs).run()
    return {**tensors(network), **average.state_dict()["other"], "steps": torch.tensor(average.steps)}


def test_a_resumed_training_equals_an_uninterrupted_one_bit_for_bit(tmp_path):
    whole = trained(tmp_path / "whole", 4)
    trained(tmp_path / "parts", 2)
    parts = trained(tmp_path / "parts", 4, resume=True)
    assert whole["steps"] == 16
    assert all(torch.equal(parts[name], value) for name, value in whole.items())


def test_a_checkpoint_without_the_average_is_refused_not_averaged_anew(tmp_path):
    for resume in (False, True):
        network = small()
        checkpoint = Checkpoint(str(tmp_path / "c.pt"), objects={"network": network}, resume=resume)
        trainer = supervised_trainer(network, [AverageWeights(network), checkpoint], epochs=2 if resume else 1)
        if resume:
            with pytest.raises(
                UsageError, match="AverageWeights: average was not in the checkpoint; expected it among"
            ):
                trainer.run()
        else:
            trainer.run()


def test_a_tensor_that_two_layers_share_is_averaged_once():
    network = torch.nn.Sequential(torch.nn.Linear(3, 3), torch.nn.Linear(3, 3), torch.nn.Linear(3, 1))
    network[1].weight = network[0].weight
    average = AverageWeights(network)
    learnt, started = Watch(network, Events.ITERATION_COMPLETED), Watch(network, Events.ITERATION_STARTED)
    supervised_trainer(network, [learnt, average, started], batches=1, epochs=2).run()
    assert torch.equal(started.seen[1]["0.weight"], learnt.seen[0]["0.weight"]), (
        "an epoch goes on from the last weights"
    )


def test_only_steps_of_the_optimizer_count_where_gradients_are_accumulated():
    network = small()
    average = AverageWeights(network)
    supervised_trainer(network, [average], batches=5, accumulation_steps=2, epochs=2).run()
    assert average.steps == 2 * 3, "two pairs and the batch left over, twice"


@pytest.mark.parametrize("decay", [-0.1, 1.0])
def test_a_decay_that_forgets_nothing_or_less_is_refused(decay):
    with pytest.raises(ValueError, match=f"decay must be 0 or more and less than 1, got {decay}"):
        AverageWeights(small(), decay=decay)
