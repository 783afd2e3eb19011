# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The ablations of the concept network on one data set: how concepts and image are joined, or how many concepts decide.

``python -m benchmarks.concept_networks fusion --dataset_dir DIR --concept_cache DIR --output_dir DIR`` has the rows of
table 4 of Hu et al., WACV 2025, https://arxiv.org/abs/2409.09520; ``k`` in place of ``fusion`` those of table 5. Every
row is trained with the bundle for every seed and judged on the same test cases; at the end stands the table of ``python
-m monai_skin compare``. A run that was stopped can be taken up.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping

import torch

from benchmarks.diagnosis_runs import BUNDLES, Design, compare_designs, folder_of, train_and_predict

BUNDLE = "sam_concept_diagnosis"
FUSIONS = {
    "local only": "local_only",
    "global only": "global_only",
    "concat 1": "concat_1",
    "concat 2": "concat_2",
    "average sum": "average_sum",
    "cross-attention": "cross_attention",
}
GRIDS: Mapping[str, Mapping[str, Design]] = {
    "fusion": {name: Design(BUNDLE, (preset,)) for name, preset in FUSIONS.items()},
    "k": {f"k = {k}": Design(BUNDLE, (), {"top_k": k}) for k in (1, 2, 5, 6, 15)},
}
PRESETS = sorted(path.stem for path in (BUNDLES / BUNDLE / "configs" / "presets").glob("*.json"))


def main() -> int:
    """Train, predict, compare."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("grid", choices=list(GRIDS), help="fusion: table 4; k: table 5")
    parser.add_argument("--dataset_dir", required=True, help="folder of SCIN, PAD-UFES-20 or MIND-the-SKIN")
    parser.add_argument("--concept_cache", required=True, help="filled by `concepts extract`")
    parser.add_argument("--output_dir", required=True, help="where trainings, predictions and the table go")
    parser.add_argument("--presets", nargs="*", choices=PRESETS, default=[], help="of the data set, as scin or ntd")
    parser.add_argument("--protocol", default="cases", help="of the split, see `data split`")
    parser.add_argument("--train_ratio", type=float, default=0.5)
    parser.add_argument("--max_epochs", type=int, default=30)
    parser.add_argument("--batch_size", type=int, default=16)
    parser.add_argument("--encoder_weights", default=None, help="published weights to start from")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    args = parser.parse_args()
    shared = {
        "dataset_dir": args.dataset_dir,
        "concept_cache": args.concept_cache,
        "split": args.protocol,
        "train_ratio": args.train_ratio,
    }
    training = {
        "max_epochs": args.max_epochs,
        "restart_epochs": args.max_epochs,
        "batch_size": args.batch_size,
        "encoder_weights": args.encoder_weights,
    }
    rows = GRIDS[args.grid]
    for seed in args.seeds:
        for name, design in rows.items():
            # a row's own preset comes last: it may take away what that of the data set gives
            whole = design._replace(presets=(*args.presets, *design.presets))
            own = dict(training)
            if "local_only" in design.presets:  # it has no encoder that could start from anything
                own |= {"encoder_weights": None}
            folder = folder_of(name, seed, args.output_dir)
            train_and_predict(whole, folder, seed, shared=shared, training=own)
    print(json.dumps({**vars(args), "torch": torch.__version__, "threads": torch.get_num_threads()}))
    return compare_designs(list(rows), args.seeds, args.output_dir)


if __name__ == "__main__":
    sys.exit(main())
