# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""How much of the heat of each explanation of the shipped classifiers lies on the lesion.

``python -m benchmarks.heat_on_lesions --dataset_dir ham10000_224 --output_dir RUN`` outlines test pictures, explains
the most probable class of each by every method the bundle's network has, and prints a table. In HAM10000 lesions lie
in the middle of most pictures, so each map is also compared with a map that never looked: the mean map of all other
pictures. A run that is finished is kept when the command is repeated.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch.nn.functional import interpolate

from monai_skin.data import load_datalist
from monai_skin.interpretability import heat_in_lesion
from monai_skin.io import read_mask, read_table, write_json
from monai_skin.metrics import bootstrap_mean
from monai_skin.pipeline import explain, segment

METHODS = {
    "dual_encoder_diagnosis": ("grad_cam_plus_plus", "grad_cam", "occlusion", "cross_attention"),
    "soft_attention_diagnosis": ("grad_cam_plus_plus", "grad_cam", "occlusion", "soft_attention"),
    "image_metadata_diagnosis": ("grad_cam_plus_plus", "grad_cam", "occlusion"),
}
COMMON = (72, 96)  # rows and columns at which maps of all pictures are averaged
HEAD = (
    "| bundle | method | heat on the lesion | lesion's share of the picture | mean map of the others | map - mean map |"
)

Floats = npt.NDArray[np.float64]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dataset_dir", required=True, help="HAM10000")
    parser.add_argument("--images", type=int, default=150, help="of the test section")
    parser.add_argument("--bundles", default="bundles", help="folder of the bundles")
    parser.add_argument("--output_dir", required=True)
    given = parser.parse_args()
    out, bundles = Path(given.output_dir), Path(given.bundles)
    items = load_datalist(given.dataset_dir, "test", limit=given.images)
    if not (out / "outlines" / "predictions.csv").is_file():
        segment(items, out / "outlines", bundle_root=bundles / "lesion_segmentation", overwrite=True)
    outlines = {
        row["image_id"]: str(out / "outlines" / row["mask"]) for row in read_table(out / "outlines" / "predictions.csv")
    }
    seen = [{**item, "mask": outlines[item["image_id"]]} for item in items]
    truth = {str(item["image_id"]): str(item["mask"]) for item in items}
    lesions = {str(item["image_id"]): str(item["lesion_id"] or item["image_id"]) for item in items}
    found = []
    for bundle, methods in METHODS.items():
        for method in methods:
            folder = out / bundle / method
            if not (folder / "explanations.csv").is_file():
                explain(seen, folder, bundle_root=bundles / bundle, method=method, overwrite=True)
            found.append({"bundle": bundle, "method": method, **shares(folder, truth, lesions)})
            write_json(out / "heat.json", {"rows": found})
    sys.stdout.write("\n".join([HEAD, "| --- " * 6 + "|", *(line(row) for row in found), ""]))


def shares(folder: Path, truth: Mapping[str, str], lesions: Mapping[str, str]) -> dict[str, object]:
    """Means with intervals of the heat on the lesions that people outlined, of the area, and of the mean map's heat."""
    names = [row["image_id"] for row in read_table(folder / "explanations.csv")]
    heat = np.stack([at_common_size(np.load(folder / "maps" / f"{name}.npy")) for name in names])
    masks = np.stack([at_common_size(np.asarray(read_mask(truth[name]))) for name in names])
    whole = heat.sum(axis=(1, 2))
    kept = np.flatnonzero((whole > 0) & (masks.sum(axis=(1, 2)) > 0))  # a map that is all 0 points nowhere
    heat, masks = heat[kept] / whole[kept, None, None], masks[kept]
    others = (heat.sum(axis=0) - heat) / (len(heat) - 1)
    groups = [lesions[names[index]] for index in kept]
    own, mean = on_lesion(heat, masks), on_lesion(others, masks)
    area = masks.mean(axis=(1, 2))
    values = {"own": own, "area": area, "mean_map": mean, "difference": own - mean}
    return {"images": len(kept), **{name: str(bootstrap_mean(each, groups)) for name, each in values.items()}}


def on_lesion(heat: Floats, masks: Floats) -> Floats:
    """Share of each map's heat on its lesion."""
    return np.asarray(heat_in_lesion(torch.from_numpy(heat), torch.from_numpy(masks >= 0.5)))


def at_common_size(picture: npt.NDArray[np.generic]) -> Floats:
    """A map or mask at the one size, by mean over areas."""
    tensor = torch.from_numpy(np.asarray(picture, np.float64)).reshape(1, 1, *picture.shape[-2:])
    return np.asarray(interpolate(tensor, size=COMMON, mode="area")[0, 0])


def line(row: Mapping[str, object]) -> str:
    cells: Sequence[object] = [row[key] for key in ("bundle", "method", "own", "area", "mean_map", "difference")]
    return f"| {' | '.join(str(cell) for cell in cells)} |"


if __name__ == "__main__":
    main()
