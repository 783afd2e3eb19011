# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Designs of a lesion classifier side by side: same images, same budget, same code around them.

``python -m benchmarks.diagnosis_networks --dataset_dir DIR --masks_dir DIR --output_dir DIR`` trains every design with
its bundle for every seed, writes its predictions for the validation and test sections, and prints the table of
``python -m monai_skin compare``. A run that was stopped can be taken up.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping

import torch

from benchmarks.diagnosis_runs import Design, compare_designs, folder_of, train_and_predict

DUAL, SOFT, FUSED = "dual_encoder_diagnosis", "soft_attention_diagnosis", "image_metadata_diagnosis"
DESIGNS: Mapping[str, Design] = {
    "image only": Design(DUAL, ("image_only",)),
    "segmented only": Design(DUAL, ("segmented_only",)),
    "dual encoder": Design(DUAL, ("without_metadata",)),
    "dual encoder + metadata": Design(DUAL),
    "soft attention": Design(SOFT),
    "late fusion": Design(FUSED, ("late",)),
    "FiLM": Design(FUSED, ("film",)),
    "cross-attention fusion": Design(FUSED, ("cross_attention",)),
    "metadata only": Design(FUSED, ("metadata_only",)),
}


def main() -> int:
    """Train, predict, compare."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--dataset_dir", required=True, help="folder in the form of HAM10000")
    parser.add_argument("--masks_dir", required=True, help="predicted masks, as `data masks` writes them")
    parser.add_argument("--output_dir", required=True, help="where trainings, predictions and the table go")
    parser.add_argument("--image_size", type=int, nargs=2, default=[224, 224], metavar=("ROWS", "COLUMNS"))
    parser.add_argument("--max_epochs", type=int, default=30)
    parser.add_argument("--batch_size", type=int, default=32)
    parser.add_argument("--training_images", type=int, default=None, help="a subset, for a reduced comparison")
    parser.add_argument("--encoder_weights", default="efficientnet-lite0", help="published weights to start from")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--designs", nargs="+", choices=list(DESIGNS), default=list(DESIGNS))
    parser.add_argument("--no_table", action="store_true", help="train and predict only")
    args = parser.parse_args()
    training = {
        "max_shift": [round(side / 10) for side in args.image_size],
        "max_epochs": args.max_epochs,
        "restart_epochs": args.max_epochs,
        "batch_size": args.batch_size,
        "training_images": args.training_images,
        "encoder_weights": args.encoder_weights,
    }
    for seed in args.seeds:
        for name in args.designs:
            design = DESIGNS[name]
            shared = {"dataset_dir": args.dataset_dir, "image_size": args.image_size}
            shared |= {"masks_dir": args.masks_dir} if design.bundle == DUAL else {}
            folder = folder_of(name, seed, args.output_dir)
            train_and_predict(design, folder, seed, shared=shared, training=training)
    print(json.dumps({**vars(args), "torch": torch.__version__, "threads": torch.get_num_threads()}))
    return 0 if args.no_table else compare_designs(args.designs, args.seeds, args.output_dir)


if __name__ == "__main__":
    sys.exit(main())
