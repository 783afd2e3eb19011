# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Outline lesions on pictures with a segmentation bundle."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from monai.bundle import ConfigWorkflow

from monai_skin.errors import InvalidInputError, StorageError, UsageError, skin_error_in
from monai_skin.handlers import ShowProgress, WriteLesionMasks
from monai_skin.pipeline.bundle_check import check_bundle

__all__ = ["SegmentationRun", "segment"]

NO_MEMORY = ("can't allocate memory", "not enough memory", "out of memory", "insufficient memory")


@dataclass(frozen=True)
class SegmentationRun:
    """What a run wrote: the rows of ``predictions.csv`` and of ``rejected.csv``, in input order."""

    folder: Path
    rows: tuple[dict[str, str], ...]
    rejected: tuple[dict[str, str], ...]


def segment(
    items: Sequence[Mapping[str, Any]],
    out: str | os.PathLike[str],
    *,
    bundle_root: str | os.PathLike[str],
    device: str | None = None,
    batch_size: int | None = None,
    overrides: Mapping[str, Any] | None = None,
    progress: bool = True,
    overwrite: bool = False,
) -> SegmentationRun:
    """Run a bundle's ``inference.json`` on ``items`` and write masks, overlays, tables and a report under ``out``.

    The bundle is checked before anything of it runs. A picture that cannot be used is listed in ``rejected.csv`` and
    stops none of the others. When memory runs out the run is repeated once with one picture at a time.

    Args:
        items: as ``monai_skin.data.list_images`` gives them, with ``image`` and a unique ``image_id``.
        out: output folder; made if absent.
        bundle_root: the bundle's root folder.
        device: such as ``"cpu"`` or ``"cuda:0"``; the bundle decides if absent.
        batch_size: pictures at a time; the bundle decides if absent.
        overrides: further entries of the config by id, such as ``{"num_workers": 2}``. They are evaluated
            like the bundle itself, so never pass text from outside.
        progress: show a bar on a terminal.
        overwrite: replace earlier results in ``out``.

    Raises:
        UsageError: ``items`` is empty, ``out`` holds results, or a folder's name cannot be passed to MONAI.
        UnsafeArtefactError: the bundle could run code of its own.
        InvalidInputError: the bundle is broken or its weights are missing.
        StorageError: the disk is full, or memory does not suffice for a single picture.
    """
    if not items:
        raise UsageError.about("segment", "items", "is empty", expected="at least one picture")
    root = Path(bundle_root).absolute()
    check_bundle(root).raise_if_refused()
    config = {**(overrides or {}), **_own_entries(items, Path(out).absolute(), root), "overwrite": overwrite}
    config |= {} if device is None else {"device": _parse_device(device)}
    config |= {} if batch_size is None else {"batch_size": batch_size}
    try:
        return _run(root, config, progress=progress)
    except (RuntimeError, MemoryError) as error:
        if skin_error_in(error) is not None or not _memory_ran_out(error):
            raise
    return _run_one_at_a_time(root, config, progress=progress)


def _own_entries(items: Sequence[Mapping[str, Any]], out: Path, root: Path) -> dict[str, Any]:
    return {
        "bundle_root": _as_config_text(root),
        "output_dir": _as_config_text(out),
        # a tuple is opaque to MONAI's parser; in a list a file called "$(...).jpg" would be evaluated as an expression
        "dataset#data": tuple(dict(item) for item in items),
    }


def _as_config_text(folder: Path) -> str:
    """The path as text MONAI's parser leaves alone: it reads "#" and "::" anywhere in a string as separators."""
    text = str(folder)
    if "#" in text or "::" in text:
        raise UsageError.about(folder.name, "folder", "has # or :: in its path", expected="a path without them")
    return text


def _parse_device(name: str) -> torch.device:
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise UsageError.about("device", name, "is unknown", expected="cpu, cuda or cuda:<number>") from error
    if device.type == "cuda" and not torch.cuda.is_available():
        raise UsageError.about("device", name, "is not available here", expected="cpu")
    return device


def _run(root: Path, config: Mapping[str, Any], *, progress: bool) -> SegmentationRun:
    logging.getLogger(ConfigWorkflow.__module__).setLevel(logging.ERROR)  # it warns that our logging stays as it is
    workflow = ConfigWorkflow(str(root / "configs" / "inference.json"), logging_file=False, workflow_type="infer")
    unknown = [name for name in config if name not in workflow.parser]
    if unknown:  # MONAI would add the entry, and nothing would read it
        raise UsageError.about(
            "inference.json", unknown[0], "is not an entry of the bundle", expected="one that it has"
        )
    workflow.parser.update(dict(config))
    bar = ShowProgress(total=len(config["dataset#data"])) if progress else None
    try:
        return _execute(workflow, bar)
    except Exception as error:
        known = skin_error_in(error)
        if known is None:
            raise
        raise known from known.__cause__  # without the wrapping of MONAI's parser
    finally:
        if bar is not None:
            bar.close()


def _execute(workflow: ConfigWorkflow, bar: ShowProgress | None) -> SegmentationRun:
    workflow.initialize()
    if bar is not None:
        bar.attach(workflow.parser.get_parsed_content("evaluator"))
    workflow.run()
    workflow.finalize()
    handlers = workflow.parser.get_parsed_content("handlers")
    writers = [handler for handler in handlers if isinstance(handler, WriteLesionMasks)]
    if not writers:
        raise InvalidInputError.about("inference.json", "handlers", "writes no masks", expected="WriteLesionMasks")
    return SegmentationRun(writers[0].folder, tuple(writers[0].rows), tuple(writers[0].rejected))


def _run_one_at_a_time(root: Path, config: Mapping[str, Any], *, progress: bool) -> SegmentationRun:
    smallest = {**config, "batch_size": 1, "num_workers": 0, "overwrite": True}  # what is there the first attempt wrote
    try:
        return _run(root, smallest, progress=progress)
    except (RuntimeError, MemoryError) as error:
        if skin_error_in(error) is not None or not _memory_ran_out(error):
            raise
        raise StorageError("memory: is too small for one picture at a time; expected a smaller picture") from error


def _memory_ran_out(error: BaseException | None) -> bool:
    """Whether an allocation failed anywhere along the causes; torch on a CPU says so only in words."""
    while error is not None:
        if isinstance(error, MemoryError | torch.OutOfMemoryError):
            return True
        if any(words in str(error).lower() for words in NO_MEMORY):
            return True
        error = error.__cause__ or error.__context__
    return False
