# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Models of `transformers` from a folder on this machine: nothing is fetched, and no weight is left to chance."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import safetensors
import torch

from monai_skin.concepts.settings import ModelSource
from monai_skin.errors import IntegrityError, InvalidInputError, UsageError
from monai_skin.io import read_json, sha256_of
from monai_skin.networks.transformers_encoders import from_transformers

__all__ = ["open_model"]

CONFIG, WEIGHTS = "config.json", "model.safetensors"
_SHOWN = 3
# the published SAM 2 checkpoints are those of its video model, of which the picture model is a part
_MODEL_TYPES = {"grounding_dino": ("grounding-dino",), "sam": ("sam",), "sam2": ("sam2", "sam2_video")}
_NETWORKS = {"grounding_dino": "GroundingDinoForObjectDetection", "sam": "SamModel", "sam2": "Sam2Model"}
_DAMAGED = (safetensors.SafetensorError, OSError, ValueError, RuntimeError, KeyError, TypeError)


def open_model(
    source: ModelSource, *, device: torch.device, files: tuple[str, ...] = (), **options: Any
) -> tuple[Any, ModelSource]:
    """The network in a folder, ready to be asked, and its source with the digest of its weight file.

    Args:
        source: what the model is, and where; a digest in it must be that of the file.
        device: where it will compute.
        files: other files that must be there.
        options: entries of the configuration to replace.

    Raises:
        UsageError: no folder was given, a file is missing, or `transformers` cannot be imported.
        IntegrityError: the weight file has another digest.
        InvalidInputError: the files are damaged, of another model, or do not hold every weight.
    """
    folder = _folder(source, (CONFIG, WEIGHTS, *files))
    kinds = _MODEL_TYPES[source.kind]
    config = read_json(folder / CONFIG)
    found = config.get("model_type") if isinstance(config, dict) else None
    if found not in kinds:
        raise InvalidInputError.about(source.name, "model_type", f"is {found!r}", expected=" or ".join(kinds))
    digest = sha256_of(folder / WEIGHTS)
    if source.sha256 and digest != source.sha256:
        raise IntegrityError.about(source.name, "sha256", f"of {WEIGHTS} is {digest}", expected=source.sha256)
    network = _load(source, folder, options)
    return network.to(device).eval().requires_grad_(False), replace(source, sha256=digest)


def _folder(source: ModelSource, files: tuple[str, ...]) -> Path:
    revision = source.revision or "main"
    expected = f"a folder with {', '.join(files)} of {source.name}, revision {revision}, downloaded beforehand"
    if not source.folder:
        raise UsageError.about(source.name, "folder", "is not given", expected=expected)
    folder = Path(source.folder)
    missing = [name for name in files if not (folder / name).is_file()]
    if missing:
        problem = f"{folder.name} has no {', '.join(missing)}" if folder.is_dir() else f"{folder.name} does not exist"
        raise UsageError.about(source.name, "folder", problem, expected=expected)
    return folder


def _load(source: ModelSource, folder: Path, options: dict[str, Any]) -> Any:
    network_class = from_transformers(_NETWORKS[source.kind])
    try:
        with _quietly():
            network, report = network_class.from_pretrained(
                folder, local_files_only=True, use_safetensors=True, output_loading_info=True, **options
            )
    except _DAMAGED as error:
        problem = f"cannot be loaded ({type(error).__name__})"
        raise InvalidInputError.about(source.name, "files", problem, expected="them whole and of one model") from error
    # the library gives weights it does not find, or that do not fit, random values, and only warns
    lost = sorted([*map(str, report["missing_keys"]), *(str(entry[0]) for entry in report["mismatched_keys"])])
    if lost:
        shown = ", ".join(lost[:_SHOWN])
        problem = f"lack {len(lost)} of the model's tensors ({shown}{', ...' if len(lost) > _SHOWN else ''})"
        raise InvalidInputError.about(source.name, "weights", problem, expected="all of them, in the model's shapes")
    if not all(bool(torch.isfinite(weight).all()) for weight in network.parameters()):
        raise InvalidInputError.about(source.name, "weights", "are not finite", expected="finite numbers")
    return network


@contextmanager
def _quietly() -> Iterator[None]:
    """Without the bars and reports of the library; what matters in them is an error here."""
    logging = from_transformers("logging")
    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()
