# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Train the network of a bundle by its own ``train.json``, and go on from where an earlier attempt was stopped."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from monai.bundle import ConfigWorkflow
from monai.data import DataLoader

from monai_skin.errors import InvalidInputError, UsageError, skin_error_in
from monai_skin.pipeline.run_inference import as_config_text, parse_device

__all__: list[str] = []

_PRETRAINED = ("encoder_weights", "initial_weights")


def run_training(root: Path, dataset_dir: Path, out: Path, *, device: str | None, overrides: Mapping[str, Any]) -> Path:
    """Train and return the file with the weights of the best epoch.

    Where the bundle has a ``train_from_scratch.json`` and ``overrides`` name no weights to start from, it lies over
    ``train.json``.

    Args:
        root: of a bundle that has been checked.
        dataset_dir: holds ``dataset.json``.
        out: folder for checkpoints and logs.
        device: the bundle decides if None.
        overrides: further entries of the config by id.

    Raises:
        UsageError: the bundle has no entry of a name, or a folder's name cannot be passed to MONAI.
        InvalidInputError: there is no whole batch, or no epoch had a validation score that is a number.
    """
    logging.getLogger(ConfigWorkflow.__module__).setLevel(logging.ERROR)  # it warns that our logging stays as it is
    workflow = ConfigWorkflow(_configs(root, overrides), logging_file=False, workflow_type="train")
    folders = {"bundle_root": root.absolute(), "dataset_dir": dataset_dir.absolute(), "output_dir": out.absolute()}
    config = {**overrides, **{name: as_config_text(folder) for name, folder in folders.items()}, "resume": True}
    config |= {} if device is None else {"device": parse_device(device)}
    unknown = [name for name in config if name not in workflow.parser]
    if unknown:  # MONAI would add the entry, and nothing would read it
        raise UsageError.about("train.json", unknown[0], "is not an entry of the bundle", expected="one that it has")
    workflow.parser.update(config)
    try:
        workflow.initialize()
        _refuse_nothing(workflow.parser.get_parsed_content("train#dataloader"), dataset_dir.name)
        workflow.run()
        workflow.finalize()
        best = Path(workflow.parser.get_parsed_content("train#best_weights").path)
    except Exception as error:
        known = skin_error_in(error)
        if known is None:
            raise
        raise known from known.__cause__  # without the wrapping of MONAI's parser
    if not best.is_file():
        expected = "an epoch with a validation score that is a number"
        raise InvalidInputError.about(dataset_dir.name, "weights", "are missing after the training", expected=expected)
    return best


def _refuse_nothing(loader: DataLoader, source: str) -> None:
    if not len(loader):  # MONAI would count epochs without a step
        problem = f"has fewer images than a batch of {loader.batch_size}"
        raise InvalidInputError.about(source, "training", problem, expected="more images, or a smaller batch_size")


def _configs(root: Path, overrides: Mapping[str, Any]) -> list[str]:
    folder = root / "configs"
    overlay = folder / "train_from_scratch.json"
    from_scratch = overlay.is_file() and all(overrides.get(name) is None for name in _PRETRAINED)
    return [str(folder / "train.json"), *([str(overlay)] if from_scratch else [])]
