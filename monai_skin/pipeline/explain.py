# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Show where a classifier found its evidence on pictures."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from monai.bundle import ConfigParser

from monai_skin.errors import InvalidInputError, UsageError, skin_error_in
from monai_skin.handlers import WriteDiagnoses
from monai_skin.interpretability import MAP_METHODS, stream_of
from monai_skin.io import read_table
from monai_skin.labels import UNKNOWN
from monai_skin.pipeline.bundle_check import check_bundle
from monai_skin.pipeline.run_inference import Job, as_config_text, run_inference

__all__ = ["Explanations", "explain"]

OVERLAY = "explain.json"


@dataclass(frozen=True)
class Explanations:
    """What a run wrote: the rows of ``explanations.csv``, of ``clinical.csv`` if any, and of ``rejected.csv``."""

    folder: Path
    rows: tuple[dict[str, str], ...]
    clinical: tuple[dict[str, str], ...]
    rejected: tuple[dict[str, str], ...]


def explain(
    items: Sequence[Mapping[str, Any]],
    out: str | os.PathLike[str],
    *,
    bundle_root: str | os.PathLike[str],
    method: str = next(iter(MAP_METHODS)),
    target: str | None = None,
    stream: str | None = None,
    curves: bool = False,
    background: str | os.PathLike[str] | None = None,
    device: str | None = None,
    batch_size: int | None = None,
    progress: bool = True,
    overwrite: bool = False,
) -> Explanations:
    """Run a diagnosis bundle and write a heat map a picture, and what age, sex and site did.

    See :class:`monai_skin.handlers.WriteExplanations` and :class:`monai_skin.handlers.WriteClinicalValues`.

    Args:
        items: as ``monai_skin.data.list_images`` gives them; those with a ``mask`` are also measured on it.
        out: output folder; made if absent.
        bundle_root: root of a bundle with ``configs/explain.json``.
        method: a key of :data:`monai_skin.interpretability.MAP_METHODS` that the network has.
        target: code of the class to explain; None explains the most probable one of each picture.
        stream: which picture of a network with two; None is the method's usual one.
        curves: also measure deletion and insertion, which takes a while.
        background: CSV with the people that age, sex and site are compared with; None takes a grid of all.
        device: as for :func:`monai_skin.pipeline.segment`, like all that follows.
        batch_size: pictures at a time.
        progress: show a bar on a terminal.
        overwrite: replace earlier results in ``out``.

    Raises:
        UsageError, UnsafeArtefactError, InvalidInputError, StorageError: as :func:`monai_skin.pipeline.segment`; or no
            such method, class or stream, or not for this network; ``background`` for one without metadata; or the
            bundle has no ``explain.json``.
    """
    root = Path(bundle_root)
    check_overlay(root)
    words = {"explain_method": method, "explain_class": target, "explain_stream": stream}
    entries: dict[str, Any] = {name: as_plain_word(name, word) for name, word in words.items()}
    entries["explain_curves"] = curves
    if background is not None:
        entries["explain_background"] = as_config_text(Path(background).absolute())
    done = run_inference(
        Job(
            items=[{"age": None, "sex": UNKNOWN, "site": UNKNOWN, **item} for item in items],
            out=Path(out),
            root=root,
            writer=WriteDiagnoses,
            overlays=(OVERLAY,),
            device=device,
            batch_size=batch_size,
            overrides=entries,
            progress=progress,
            overwrite=overwrite,
        )
    )
    return read_explanations(done.folder, done.rejected)


def as_plain_word(name: str, word: str | None) -> str | None:
    """The word, if it is one: MONAI's parser would run text that begins with a dollar sign."""
    if word is not None and not word.isidentifier():
        raise UsageError.about("explain.json", name, f"is {word!r}", expected="a word of letters and underscores")
    return word


def check_overlay(root: Path) -> None:
    """Refuse a bundle that cannot be explained."""
    if not (root / "configs" / OVERLAY).is_file():
        raise InvalidInputError.about(root.name, OVERLAY, "is absent", expected="a bundle that can be explained")


def check_method(root: Path, method: str) -> None:
    """Refuse a method that the bundle's network has not, without weights and pictures.

    Raises:
        UsageError: there is no such method, or the network lacks what it needs.
        InvalidInputError, UnsafeArtefactError: the bundle cannot be explained, is broken or unsafe.
    """
    check_overlay(root)
    check_bundle(root).raise_if_refused()
    parser = ConfigParser()
    parser.read_config([str(root / "configs" / name) for name in ("inference.json", OVERLAY)])
    try:
        network = parser.get_parsed_content("network_def")
    except Exception as error:
        known = skin_error_in(error)
        raise (error if known is None else known) from error.__cause__
    stream_of(network, method)


def read_explanations(folder: Path, rejected: Sequence[Mapping[str, str]]) -> Explanations:
    """What a run with the overlay left in its folder."""
    values = folder / "clinical.csv"
    clinical = read_table(values) if values.is_file() else []
    rows = read_table(folder / "explanations.csv")
    return Explanations(folder, tuple(rows), tuple(clinical), tuple(dict(row) for row in rejected))
