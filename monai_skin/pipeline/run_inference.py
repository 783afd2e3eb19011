# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Run the ``inference.json`` of a bundle: checked first, with a progress bar, and once more if memory ends."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from monai.bundle import ConfigWorkflow

from monai_skin.errors import InvalidInputError, StorageError, UsageError, skin_error_in
from monai_skin.handlers import ShowProgress
from monai_skin.pipeline.bundle_check import check_bundle

__all__: list[str] = []

NO_MEMORY = ("can't allocate memory", "not enough memory", "out of memory", "insufficient memory")


class Writer(Protocol):
    """A handler that wrote results and remembers their rows."""

    folder: Path
    rows: list[dict[str, str]]
    rejected: list[dict[str, str]]


@dataclass(frozen=True)
class Job:
    """What to run and how; see :func:`monai_skin.pipeline.segment` for the meaning of each part."""

    items: Sequence[Mapping[str, Any]]
    out: Path
    root: Path
    writer: type[Writer]
    device: str | None = None
    batch_size: int | None = None
    overlays: Sequence[str] = ()  # files of the bundle laid over inference.json
    overrides: Mapping[str, Any] | None = None
    progress: bool = True
    overwrite: bool = False
    unit: str = "picture"


def run_inference(job: Job) -> Writer:
    """Run the job and return the handler that wrote its results.

    Raises:
        UsageError: there are no items, ``out`` holds results, or a folder's name cannot be passed to MONAI.
        UnsafeArtefactError: the bundle could run code of its own.
        InvalidInputError: the bundle is broken, its weights are missing, or it writes no such results.
        StorageError: the disk is full, or memory does not suffice for a single picture.
    """
    if not job.items:
        raise UsageError.about("predict", "items", "is empty", expected="at least one picture")
    root = job.root.absolute()
    check_bundle(root).raise_if_refused()
    config = {**(job.overrides or {}), **_own_entries(job, root), "overwrite": job.overwrite}
    config |= {} if job.device is None else {"device": parse_device(job.device)}
    config |= {} if job.batch_size is None else {"batch_size": job.batch_size}
    try:
        return _run(job, root, config)
    except (RuntimeError, MemoryError) as error:
        if skin_error_in(error) is not None or not _memory_ran_out(error):
            raise
    return _run_one_at_a_time(job, root, config)


def _own_entries(job: Job, root: Path) -> dict[str, Any]:
    return {
        "bundle_root": as_config_text(root),
        "output_dir": as_config_text(job.out.absolute()),
        # a tuple is opaque to MONAI's parser; in a list a file called "$(...).jpg" would be evaluated as an expression
        "dataset#data": tuple(dict(item) for item in job.items),
    }


def as_config_text(folder: Path) -> str:
    """The path as text MONAI's parser leaves alone: it reads "#" and "::" anywhere in a string as separators."""
    text = str(folder)
    if "#" in text or "::" in text:
        raise UsageError.about(folder.name, "folder", "has # or :: in its path", expected="a path without them")
    return text


def parse_device(name: str) -> torch.device:
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise UsageError.about("device", name, "is unknown", expected="cpu, cuda or cuda:<number>") from error
    if device.type == "cuda" and not torch.cuda.is_available():
        raise UsageError.about("device", name, "is not available here", expected="cpu")
    return device


def _run(job: Job, root: Path, config: Mapping[str, Any]) -> Writer:
    logging.getLogger(ConfigWorkflow.__module__).setLevel(logging.ERROR)  # it warns that our logging stays as it is
    files = [str(root / "configs" / name) for name in ("inference.json", *job.overlays)]
    workflow = ConfigWorkflow(files, logging_file=False, workflow_type="infer")
    unknown = [name for name in config if name not in workflow.parser]
    if unknown:  # MONAI would add the entry, and nothing would read it
        raise UsageError.about(
            "inference.json", unknown[0], "is not an entry of the bundle", expected="one that it has"
        )
    workflow.parser.update(dict(config))
    bar = ShowProgress(total=len(job.items), unit=job.unit) if job.progress else None
    try:
        return _execute(workflow, bar, job.writer)
    except Exception as error:
        known = skin_error_in(error)
        if known is None:
            raise
        raise known from known.__cause__  # without the wrapping of MONAI's parser
    finally:
        if bar is not None:
            bar.close()


def _execute(workflow: ConfigWorkflow, bar: ShowProgress | None, writer: type[Writer]) -> Writer:
    workflow.initialize()
    handlers = workflow.parser.get_parsed_content("handlers")
    found = next((handler for handler in handlers if isinstance(handler, writer)), None)
    if found is None:  # a bundle for another task, which had better not run
        raise InvalidInputError.about("inference.json", "handlers", f"lack {writer.__name__}", expected="it among them")
    if bar is not None:
        bar.attach(workflow.parser.get_parsed_content("evaluator"))
    workflow.run()
    workflow.finalize()
    return found


def _run_one_at_a_time(job: Job, root: Path, config: Mapping[str, Any]) -> Writer:
    smallest = {**config, "batch_size": 1, "num_workers": 0, "overwrite": True}  # what is there the first attempt wrote
    try:
        return _run(job, root, smallest)
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
