# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""File to network input: our chain against MONAI's stock dictionary transforms and, if installed, albumentations.

All three read the same synthetic JPEG and give a normalised float32 tensor of 192 x 256. Ours also keeps the
proportions of the image and the way back to its full size; the others squash it.
"""

from __future__ import annotations

import argparse
import importlib.util
import tempfile
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import torch
from monai.transforms import (
    Compose,
    EnsureChannelFirstd,
    LoadImaged,
    NormalizeIntensityd,
    Resized,
    ScaleIntensityd,
)
from PIL import Image

from benchmarks.harness import compare, one_thread, report
from monai_skin.transforms import (
    IMAGENET_MEAN,
    IMAGENET_STD,
    FitLesionImaged,
    LoadDermoscopyd,
    NormalizeImageNetd,
    RandColorJitter,
    fit_image,
    normalize_imagenet,
    remove_hair,
    shades_of_gray,
)

NETWORK = [192, 256]
SIZES = {"600x450": (450, 600), "1024x1024": (1024, 1024), "12 megapixels": (2848, 4288)}


def draw_lesion(rows: int, columns: int) -> np.ndarray:
    """Skin with texture of several scales and a darker blotch, ``(rows, columns, 3)`` bytes."""
    random = np.random.default_rng(0)
    image = np.full((rows, columns, 3), (200, 160, 140), np.float32)
    for cell, strength in ((4, 6), (16, 8), (64, 10)):
        coarse = random.standard_normal((rows // cell + 1, columns // cell + 1, 1)).astype(np.float32)
        image += strength * cv2.resize(coarse, (columns, rows), interpolation=cv2.INTER_CUBIC)[..., None]
    y, x = np.ogrid[-1 : 1 : rows * 1j, -1 : 1 : columns * 1j]
    image *= (1 - 0.5 / (1 + np.exp((x**2 + y**2 - 0.3) * 30)))[..., None]
    return image.clip(0, 255).astype(np.uint8)


def ours(path: str, **load: object) -> Callable[[], object]:
    chain = Compose([LoadDermoscopyd("image", **load), FitLesionImaged("image", NETWORK), NormalizeImageNetd("image")])
    return lambda: chain({"image": path})


def monai_stock(path: str) -> Callable[[], object]:
    chain = Compose(
        [
            LoadImaged("image", reader="PILReader"),
            EnsureChannelFirstd("image"),
            Resized("image", NETWORK[::-1], mode="area"),  # PILReader gives columns before rows
            ScaleIntensityd("image"),
            NormalizeIntensityd("image", subtrahend=IMAGENET_MEAN, divisor=IMAGENET_STD, channel_wise=True),
        ]
    )
    return lambda: chain({"image": path})


def albumentations(path: str) -> Callable[[], object]:
    import albumentations as A

    chain = A.Compose(
        [A.Resize(*NETWORK, interpolation=cv2.INTER_AREA), A.Normalize(IMAGENET_MEAN, IMAGENET_STD), A.ToTensorV2()]
    )
    return lambda: chain(image=cv2.cvtColor(cv2.imread(path), cv2.COLOR_BGR2RGB))["image"]


def chains(folder: Path, rounds: int) -> dict[str, object]:
    results: dict[str, object] = {}
    for name, size in SIZES.items():
        path = str(folder / f"{name}.jpg")
        Image.fromarray(draw_lesion(*size)).save(path, quality=92)
        works = {
            "monai_skin": ours(path, shrink_to=NETWORK),
            "monai_skin, every pixel decoded": ours(path),
            "MONAI stock": monai_stock(path),
        }
        if importlib.util.find_spec("albumentations"):
            works["albumentations"] = albumentations(path)
        results[name] = compare(works, ours="monai_skin", rounds=rounds if max(size) < 2000 else max(3, rounds // 4))
    return results


def pieces(rounds: int) -> dict[str, object]:
    full = torch.from_numpy(draw_lesion(1024, 1024)).permute(2, 0, 1)
    small = fit_image(full, NETWORK)
    resize = Resized("image", NETWORK, mode="area")
    jitter = RandColorJitter()
    return {
        "resize 1024x1024": compare(
            {"fit_image": lambda: fit_image(full, NETWORK), "MONAI Resized area": lambda: resize({"image": full})},
            ours="fit_image",
            rounds=rounds,
        ),
        "shades of gray 1024x1024": compare(
            {"table": lambda: shades_of_gray(full), "float": lambda: shades_of_gray(full.float() / 255)},
            ours="table",
            rounds=max(3, rounds // 4),
        ),
        "hair 1024x1024": compare(
            {name: lambda name=name: remove_hair(full, name) for name in ("closing", "telea", "dull_razor")},
            ours="closing",
            rounds=max(3, rounds // 4),
        ),
        "at 192x256": compare(
            {
                "normalize_imagenet": lambda: normalize_imagenet(small),
                "colour jitter": lambda: jitter(small),
                "shades of gray": lambda: shades_of_gray(small),
                "hair, telea": lambda: remove_hair(small),
            },
            ours="normalize_imagenet",
            rounds=rounds,
        ),
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.transforms", description=__doc__)
    parser.add_argument("--rounds", type=int, default=20, help="calls of each way of doing the work")
    rounds = parser.parse_args().rounds
    one_thread()
    with tempfile.TemporaryDirectory() as folder:
        results = {"file to network input": chains(Path(folder), rounds), "pieces": pieces(rounds)}
    report("transforms", results, ("torch", "monai", "albumentations", "pillow", "opencv-python-headless"))


if __name__ == "__main__":
    main()
