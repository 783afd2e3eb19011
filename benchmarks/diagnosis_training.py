# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""An epoch of training a lesion classifier: the bundle's way beside a plain MONAI loop around the same network.

``python -m benchmarks.diagnosis_training`` prints one JSON object. Both see the same phantom pictures, 600 x 450, at
the bundle's size, with random flips, colours and affine maps; both keep what is deterministic in memory, and a second
plain loop, with MONAI's ``Dataset``, reads every picture anew.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from monai.bundle import ConfigParser
from monai.data import CacheDataset, DataLoader, Dataset
from monai.transforms import (
    Compose,
    CopyItemsd,
    EnsureChannelFirstd,
    LoadImaged,
    MaskIntensityd,
    NormalizeIntensityd,
    RandAdjustContrastd,
    RandAffined,
    RandFlipd,
    RandScaleIntensityd,
    Resized,
    ScaleIntensityRanged,
)
from torch import nn

from benchmarks.deep_unet import library_gradient
from benchmarks.harness import one_thread, report, take_turns
from monai_skin.data import load_datalist, write_phantoms
from monai_skin.transforms import IMAGENET_MEAN, IMAGENET_STD, EncodeClinicalMetadatad

BUNDLE = Path(__file__).parents[1] / "bundles" / "dual_encoder_diagnosis"
PICTURES, BATCH, ROUNDS = 48, 16, 5
BOTH = ["image", "segmented"]


def parsed(folder: Path) -> ConfigParser:
    """The bundle's training, over phantoms."""
    parser = ConfigParser()
    parser.read_config(str(BUNDLE / "configs" / "train.json"))
    parser.update(
        {
            "bundle_root": str(BUNDLE),
            "dataset_dir": str(folder),
            "batch_size": BATCH,
            "device": torch.device("cpu"),
            # all phantoms, whatever their section
            "train#dataset#data#section": "all",
            "train#dataset#progress": False,
        }
    )
    return parser


def bundle_epoch(folder: Path) -> Callable[[], int]:
    """One epoch as ``train.json`` describes it."""
    parser = parsed(folder)
    get = parser.get_parsed_content
    network, loader, loss = get("network").train(), get("train#dataloader"), get("loss")
    optimizer, prepare, inferer = get("optimizer"), get("prepare_batch"), get("train#inferer")

    def epoch() -> int:
        for batch in loader:
            image, label, _, named = prepare(batch, "cpu")
            optimizer.zero_grad()
            loss(inferer(image, network, **named), label).backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
        return len(loader) * BATCH

    return epoch


def plain_transforms(settings: ConfigParser) -> Compose:
    """The same preparation of MONAI's own parts, in the order its tutorials have."""
    rows, columns = settings["image_size"]
    return Compose(
        [
            LoadImaged(["image", "mask"], reader="PILReader"),
            EnsureChannelFirstd(["image", "mask"]),
            Resized(["image", "mask"], [columns, rows], mode=["area", "nearest"]),
            EncodeClinicalMetadatad(
                age_mean=settings["age_mean"], age_std=settings["age_std"], sites=settings["sites"]
            ),
            RandFlipd(["image", "mask"], 0.5, 0),
            RandFlipd(["image", "mask"], 0.5, 1),
            RandScaleIntensityd("image", 0.2, prob=1.0),
            RandAdjustContrastd("image", prob=1.0, gamma=(0.8, 1.2)),
            CopyItemsd("image", names="segmented"),
            MaskIntensityd("segmented", mask_key="mask"),
            ScaleIntensityRanged(BOTH, 0, 255, 0, 1, clip=True),
            NormalizeIntensityd(BOTH, subtrahend=IMAGENET_MEAN, divisor=IMAGENET_STD, channel_wise=True),
            RandAffined(
                BOTH,
                prob=0.8,
                rotate_range=3.14159,
                scale_range=0.15,
                translate_range=settings["max_shift"],
                mode="bilinear",
                padding_mode="zeros",
            ),
        ]
    )


def plain_epoch(folder: Path, *, cached: bool) -> Callable[[], int]:
    """One epoch of a loop around MONAI's data set and loader."""
    parser = parsed(folder)
    missing = float("nan")  # a batch cannot hold None
    items = [{**item, "age": missing if item["age"] is None else item["age"]} for item in load_datalist(folder, "all")]
    transform = plain_transforms(parser)
    data: Any = CacheDataset(items, transform, progress=False) if cached else Dataset(items, transform)
    loader = DataLoader(data, batch_size=BATCH, shuffle=True, drop_last=True)
    network = library_gradient(parser.get_parsed_content("network_def")).to(memory_format=torch.contiguous_format)
    network.train()
    optimizer, loss = torch.optim.AdamW(network.parameters(), 3e-4), nn.CrossEntropyLoss()

    def epoch() -> int:
        for batch in loader:
            optimizer.zero_grad()
            logits = network(batch["image"], batch["segmented"], batch["clinical"])
            loss(logits, batch["label"]).backward()
            optimizer.step()
        return len(loader) * BATCH

    return epoch


def main() -> None:
    """Measure and print images a second of processor time, and ratios within a round."""
    one_thread()
    torch.manual_seed(0)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_phantoms(folder, PICTURES, seed=0, size=(450, 600))
        works = {
            "bundle": bundle_epoch(folder),
            "plain MONAI loop, CacheDataset": plain_epoch(folder, cached=True),
            "plain MONAI loop, Dataset": plain_epoch(folder, cached=False),
        }
        times = take_turns(works, rounds=ROUNDS)
    rates = {name: round(1000 * PICTURES / sorted(each)[len(each) // 2], 2) for name, each in times.items()}
    ratios = {
        name: round(sorted(other / own for other, own in zip(each, times["bundle"], strict=True))[len(each) // 2], 2)
        for name, each in times.items()
        if name != "bundle"
    }
    results = {"images_per_second": rates, "bundle_times_as_fast": ratios}
    report("Training the dual encoder on one thread, 128 x 160, batch 16", results, ("torch", "monai"))


if __name__ == "__main__":
    main()
