# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The ablations of the network of pairs on phantoms whose class only photograph and ultrasound together tell.

``python -m benchmarks.clinical_ultrasound`` trains seven networks, those of the presets of the bundle
``clinical_ultrasound_diagnosis``, with three seeds each, and prints a table. The class is an exclusive or, so that one
picture alone allows no more than guessing, and encoders of random weights are shown nothing by it. As real encoders
begin from ImageNet, here each begins from telling what its own picture shows, lobed or not and deep or not, on other
phantoms; every network of a seed begins from the same two. Settings were chosen on phantoms of other numbers than those
of the test (``--section validation``). Results are kept row by row in ``--out``, and a run that was stopped goes on.

The gates: accuracy at most 0.60 for either picture alone, at least 0.95 for local and global attention together.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from monai.bundle import ConfigParser
from torch import nn

from benchmarks.harness import one_thread, version
from monai_skin.data import make_phantom_pair
from monai_skin.io import read_json, save_weights, write_json
from monai_skin.losses import ClinicalUltrasoundLoss
from monai_skin.metrics import bootstrap_mean, expected_calibration_error
from monai_skin.networks import SingleModalityNet
from monai_skin.transforms import fit_image, normalize_imagenet

CONFIGS = Path(__file__).parents[1] / "bundles" / "clinical_ultrasound_diagnosis" / "configs"
ROWS = {
    "clinical only": "clinical_only",
    "ultrasound only": "ultrasound_only",
    "base": "concatenation",
    "+ALL": "local_attention",
    "+AGL": "global_attention",
    "+AL": "attention",
    "+AL+FRL": "attention_and_reconstruction",
}
GATES = {"clinical only": (0.0, 0.60), "ultrasound only": (0.0, 0.60), "+AL": (0.95, 1.0)}
DRAWN, TAUGHT, TRAINING, TEST = 224, 512, 1024, 800  # pixels a side as drawn; pairs
LESSONS, EPOCHS, BATCH, RATE, DECAY, RAMP = 8, 8, 32, 1e-3, 0.01, 5
HELD_OUT = {"validation": 1, "test": 2}  # of the seeds of drawing; those of training are from 10
NOISE = 0.1  # standard deviation, of values in [0, 1]


class Pairs(NamedTuple):
    """Phantoms as the bundle's networks see them.

    Args:
        image: ``(N, 3, H, W)``, ImageNet-normalised.
        ultrasound: ``(N, 1, H, W)`` in [0, 1].
        lobed: ``(N,)`` 0 or 1, what the photograph shows.
        deep: ``(N,)`` 0 or 1, what the ultrasound shows.
    """

    image: torch.Tensor
    ultrasound: torch.Tensor
    lobed: torch.Tensor
    deep: torch.Tensor

    @property
    def label(self) -> torch.Tensor:
        """``(N,)``: 1 if exactly one of the two holds."""
        return self.lobed ^ self.deep


def draw_pairs(count: int, seed: int, side: int, drawn: int = DRAWN) -> Pairs:
    """Draw phantoms of a seed, the four combinations in turn, and prepare them as the bundle does."""
    shown: list[tuple[torch.Tensor, torch.Tensor]] = []
    for index in range(count):
        words = {"lobed": index % 4 >= 2, "deep": index % 2 == 1}
        pair = make_phantom_pair(seed * 1_000_003 + index, (drawn, drawn), **words)
        fitted = [fit_image(torch.from_numpy(part), (side, side)) for part in (pair.clinical, pair.ultrasound[:1])]
        shown.append((normalize_imagenet(fitted[0]), fitted[1].float() / 255))
    images, scans = (torch.stack(part) for part in zip(*shown, strict=True))
    number = torch.arange(count)
    return Pairs(images.contiguous(memory_format=torch.channels_last), scans, (number % 4) // 2, number % 2)


def build(row: str) -> nn.Module:
    """The network of a row, from the bundle's own configuration."""
    parser = ConfigParser()
    parser.read_config([str(CONFIGS / "train.json"), str(CONFIGS / "presets" / f"{ROWS[row]}.json")])
    network: nn.Module = parser.get_parsed_content("network_def")
    return network


def fit(network: nn.Module, pairs: Pairs, target: torch.Tensor, loss: nn.Module, epochs: int) -> nn.Module:
    """Train by AdamW with one cycle of the learning rate; random flips, of the ultrasound left to right alone."""
    optimizer = torch.optim.AdamW(network.parameters(), RATE, weight_decay=DECAY)
    batches = len(target) // BATCH
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=epochs * batches, pct_start=0.2)
    network.train()
    for epoch in range(epochs):
        if isinstance(loss, ClinicalUltrasoundLoss):
            loss.ramp = min(1.0, (epoch + 1) / RAMP)
        for rows in torch.randperm(len(target)).split(BATCH)[:batches]:
            optimizer.zero_grad()
            loss(network(*_flipped(pairs, rows)), target[rows]).backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
    return network.eval()


def _flipped(pairs: Pairs, rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    image, scan = pairs.image[rows], pairs.ultrasound[rows]
    across, down, scan_across = (torch.rand(3) < 0.5).tolist()
    image = image.flip(3) if across else image
    return (image.flip(2) if down else image), (scan.flip(3) if scan_across else scan)


def taught_encoders(pairs: Pairs, seed: int, lessons: int = LESSONS) -> dict[str, Mapping[str, torch.Tensor]]:
    """Weights of both encoders after learning what their own picture shows."""
    found = {}
    for name, target, row in (
        ("clinical_encoder", pairs.lobed, "clinical only"),
        ("ultrasound_encoder", pairs.deep, "ultrasound only"),
    ):
        torch.manual_seed(seed)
        network = fit(build(row), pairs, target, nn.CrossEntropyLoss(), lessons)
        found[name] = getattr(network, name).state_dict()
    return found


def train_row(
    row: str, pairs: Pairs, encoders: Mapping[str, Mapping[str, torch.Tensor]], seed: int, epochs: int = EPOCHS
) -> nn.Module:
    """The network of a row, begun from taught encoders and trained on the class."""
    torch.manual_seed(seed)
    network = build(row)
    for name, weights in encoders.items():
        if getattr(network, name) is not None:
            getattr(network, name).load_state_dict(weights)
    loss = nn.CrossEntropyLoss() if isinstance(network, SingleModalityNet) else ClinicalUltrasoundLoss()
    return fit(network, pairs, pairs.label, loss, epochs)


@torch.no_grad()
def judge(network: nn.Module, pairs: Pairs) -> dict[str, Any]:
    """Which pairs are right, plain and with noise on either picture; how sure it is, and the calibration error."""
    noise = torch.Generator().manual_seed(0)
    image = pairs.image + NOISE / 0.226 * torch.randn(pairs.image.shape, generator=noise)  # the mean of the spreads
    scan = (pairs.ultrasound + NOISE * torch.randn(pairs.ultrasound.shape, generator=noise)).clamp(0, 1)
    probabilities = network(pairs.image, pairs.ultrasound).softmax(dim=1)
    ways = {"noisy_image": (image, pairs.ultrasound), "noisy_ultrasound": (pairs.image, scan)}
    values = probabilities.double().numpy()
    return {
        "right": "".join(map(str, (probabilities.argmax(dim=1) == pairs.label).int().tolist())),
        "certainty": float(values.max(axis=1).mean()),
        "calibration_error": float(expected_calibration_error(pairs.label.numpy(), values)),
        **{name: float((network(*way).argmax(dim=1) == pairs.label).float().mean()) for name, way in ways.items()},
        "parameters": sum(parameter.numel() for parameter in network.parameters()),
    }


def hits(one: Mapping[str, Any]) -> npt.NDArray[np.float64]:
    """1 for each pair that was right, 0 for each that was not."""
    return np.array([float(digit) for digit in one["right"]])


def run_all(options: argparse.Namespace, found: dict[str, dict[str, Any]], keep: Callable[[], None]) -> None:
    """Train and judge what is not yet among ``found``."""
    side = build("+AL+FRL").grid * 16  # type: ignore[operator]
    held_out: Pairs | None = None
    for seed in options.seeds:
        names = [row for row in options.rows if f"{row}/{seed}" not in found]
        if not names:
            continue
        held_out = held_out or draw_pairs(TEST, HELD_OUT[options.section], side)
        taught = not options.untaught
        encoders = taught_encoders(draw_pairs(TAUGHT, 10 + 2 * seed, side), seed) if taught else {}
        pairs = draw_pairs(TRAINING, 11 + 2 * seed, side)
        for row in names:
            start = time.perf_counter()
            network = train_row(row, pairs, encoders, seed)
            found[f"{row}/{seed}"] = {**judge(network, held_out), "seconds": round(time.perf_counter() - start, 1)}
            print(
                f"{row}, seed {seed}: accuracy {hits(found[f'{row}/{seed}']).mean():.3f}", file=sys.stderr, flush=True
            )
            keep()
            if options.weights and row == "+AL+FRL" and seed == options.seeds[0]:
                save_weights(options.weights, network.state_dict(), half=True)


def table_of(found: Mapping[str, Mapping[str, Any]], rows: list[str], seeds: list[int]) -> str:
    """The table in Markdown; intervals from resampling whole cases, each with its answers by all seeds."""
    lines = [
        f"| network | parameters | {' | '.join(f'seed {seed}' for seed in seeds)} | mean (95 % interval) | certainty | "
        "calibration error | noise on the photograph | noise on the ultrasound |",
        f"| --- |{' --- |' * (len(seeds) + 6)}",
    ]
    for row in rows:
        each = [found[f"{row}/{seed}"] for seed in seeds]
        right = np.stack([hits(one) for one in each])
        mean = bootstrap_mean(right.ravel(), list(np.tile(np.arange(right.shape[1]), len(each))))
        others = [np.mean([one[name] for one in each]) for name in ("certainty", "calibration_error")]
        others += [np.mean([one[name] for one in each]) for name in ("noisy_image", "noisy_ultrasound")]
        cells = [f"{value:.3f}" for value in right.mean(axis=1)] + [str(mean)] + [f"{value:.3f}" for value in others]
        lines.append(f"| {row} | {each[0]['parameters']:,} | {' | '.join(cells)} |")
    return "\n".join(lines)


def missed_gates(found: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Trainings whose accuracy is outside what was promised."""
    missed = []
    for name, one in found.items():
        low, high = GATES.get(name.partition("/")[0], (0.0, 1.0))
        if not low <= hits(one).mean() <= high:
            missed.append(name)
    return missed


def main() -> int:
    """Train, judge, print; the exit code is 1 where a gate is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.clinical_ultrasound", description=__doc__)
    parser.add_argument("--out", default="clinical_ultrasound.json", metavar="FILE", help="results, row by row")
    parser.add_argument("--rows", nargs="+", choices=list(ROWS), default=list(ROWS))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--section", choices=list(HELD_OUT), default="test")
    parser.add_argument("--untaught", action="store_true", help="begin from random encoders; give another --out")
    parser.add_argument("--weights", metavar="FILE", help="keep the weights of +AL+FRL of the first seed, float16")
    options = parser.parse_args()
    one_thread()
    found: dict[str, dict[str, Any]] = read_json(options.out) if Path(options.out).is_file() else {}
    run_all(options, found, lambda: write_json(options.out, found))
    print(table_of(found, options.rows, options.seeds))
    seconds = sum(one["seconds"] for one in found.values())
    print(
        f"\n{TEST} {options.section} pairs, {TRAINING} to train, torch {version('torch')}, {seconds:.0f} s of training"
    )
    missed = missed_gates({name: one for name, one in found.items() if name.partition("/")[0] in options.rows})
    print(f"gates missed: {', '.join(missed) or 'none'}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
