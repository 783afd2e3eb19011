# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The concept network on made-up bags whose class only one concept and one place of the image know together.

``python -m benchmarks.concept_bags`` trains every fusion on the same bags and prints one JSON object: accuracy on other
bags, and in which share of them the planted concept is the deciding one; for "global_only", the planted place.
Intervals are percentile ones from resampling the test bags.
"""

from __future__ import annotations

import argparse
import time
from typing import get_args

import torch
from torch import nn

from benchmarks.harness import one_thread, report
from monai_skin.data import BAG_CLASSES, ConceptBags, make_concept_bags
from monai_skin.losses import ConceptMILLoss
from monai_skin.metrics import bootstrap_mean
from monai_skin.networks import ConceptMILNet
from monai_skin.networks.concept_mil.net import Fusion

FUSIONS = get_args(Fusion)
TRAINING, TEST, EPOCHS, BATCH, WIDTH, RATE = 2048, 1000, 12, 64, 32, 3e-3


class CellEncoder(nn.Module):
    """Two linear maps of each 4 x 4 cell of an image, a rectifier between them."""

    channels = WIDTH

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Conv2d(3, WIDTH, 4, stride=4), nn.GELU(), nn.Conv2d(WIDTH, WIDTH, 1))

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return self.layers(image)


def trained(fusion: Fusion, bags: ConceptBags, *, seed: int, epochs: int = EPOCHS) -> ConceptMILNet:
    """The network after so many epochs of Adam with one cycle of the learning rate."""
    torch.manual_seed(seed)
    network = ConceptMILNet(
        global_encoder=None if fusion == "local_only" else CellEncoder(),
        num_classes=BAG_CLASSES,
        concept_width=bags.concepts.shape[2],
        width=WIDTH,
        fusion=fusion,
        heads=4,
        head_dropout=0.2,
    ).train()
    loss, optimizer = ConceptMILLoss(), torch.optim.Adam(network.parameters(), RATE)
    steps = epochs * (len(bags.label) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps)
    for _ in range(epochs):
        for rows in torch.randperm(len(bags.label)).split(BATCH)[: len(bags.label) // BATCH]:
            optimizer.zero_grad()
            loss(network(bags.image[rows], bags.concepts[rows]), bags.label[rows]).backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
    return network.eval()


@torch.no_grad()
def judged(network: ConceptMILNet, bags: ConceptBags) -> dict[str, object]:
    """Accuracy, and how often the deciding instance is the planted one; None where there is none to tell."""
    right = network(bags.image, bags.concepts).argmax(dim=1) == bags.label
    scores: dict[str, object] = {"accuracy": stated(right), "planted_decides": None}
    if network.fusion != "average_sum":
        truth = bags.place if network.fusion == "global_only" else bags.planted
        scores["planted_decides"] = stated(network.evidence(bags.image, bags.concepts).deciding == truth)
    return scores


def stated(hits: torch.Tensor) -> list[float]:
    """Share with both ends of its interval of 95 %."""
    return [round(number, 3) for number in bootstrap_mean(hits.double().numpy())]


def main() -> None:
    """Train, judge and print; the promise is 0.95 and 0.9 for "cross_attention"."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.concept_bags", description=__doc__)
    parser.add_argument("--seed", type=int, default=0, help="of first weights, batches and bags")
    parser.add_argument("--fusions", nargs="+", choices=FUSIONS, default=list(FUSIONS))
    options = parser.parse_args()
    one_thread()
    training, test = (
        make_concept_bags(count, seed=2 * options.seed + part) for part, count in ((0, TRAINING), (1, TEST))
    )
    results: dict[str, object] = {"seed": options.seed, "training_bags": TRAINING, "test_bags": TEST}
    for fusion in options.fusions:
        start = time.perf_counter()
        results[fusion] = judged(trained(fusion, training, seed=options.seed), test)
        results[fusion]["seconds"] = round(time.perf_counter() - start, 1)  # type: ignore[index]
    report("concept network on made-up bags", results, ("torch",))


if __name__ == "__main__":
    main()
