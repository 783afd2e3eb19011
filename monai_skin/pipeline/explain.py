# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Show where a classifier found its evidence on pictures."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from monai_skin.errors import InvalidInputError
from monai_skin.handlers import EXPLANATION_METHODS, WriteDiagnoses
from monai_skin.io import read_table
from monai_skin.labels import UNKNOWN
from monai_skin.pipeline.run_inference import Job, run_inference

__all__ = ["Explanations", "explain"]

OVERLAY = "explain.json"


@dataclass(frozen=True)
class Explanations:
    """What a run wrote: the rows of ``explanations.csv`` and of ``rejected.csv``."""

    folder: Path
    rows: tuple[dict[str, str], ...]
    rejected: tuple[dict[str, str], ...]


def explain(
    items: Sequence[Mapping[str, Any]],
    out: str | os.PathLike[str],
    *,
    bundle_root: str | os.PathLike[str],
    method: str = EXPLANATION_METHODS[0],
    target: str | None = None,
    stream: str = "image",
    device: str | None = None,
    batch_size: int | None = None,
    progress: bool = True,
    overwrite: bool = False,
) -> Explanations:
    """Run a diagnosis bundle and write a heat map a picture; see :class:`monai_skin.handlers.WriteExplanations`.

    Args:
        items: as ``monai_skin.data.list_images`` gives them; those with a ``mask`` are also measured on it, where the
            bundle reads masks.
        out: output folder; made if absent.
        bundle_root: root of a bundle with ``configs/explain.json``.
        method: one of :data:`monai_skin.handlers.EXPLANATION_METHODS`.
        target: code of the class to explain; None explains the most probable one of each picture.
        stream: which encoder's map: "image", or "segmented" of a dual encoder.
        device: as for :func:`monai_skin.pipeline.segment`, like all that follows.
        batch_size: pictures at a time.
        progress: show a bar on a terminal.
        overwrite: replace earlier results in ``out``.

    Raises:
        UsageError, UnsafeArtefactError, InvalidInputError, StorageError: as :func:`monai_skin.pipeline.segment`; or no
            such method, class or stream; or the bundle has no ``explain.json``.
    """
    root = Path(bundle_root)
    if not (root / "configs" / OVERLAY).is_file():
        raise InvalidInputError.about(root.name, OVERLAY, "is absent", expected="a bundle that can be explained")
    done = run_inference(
        Job(
            items=[{"age": None, "sex": UNKNOWN, "site": UNKNOWN, **item} for item in items],
            out=Path(out),
            root=root,
            writer=WriteDiagnoses,
            overlays=(OVERLAY,),
            device=device,
            batch_size=batch_size,
            overrides={"explain_method": method, "explain_class": target, "explain_stream": stream},
            progress=progress,
            overwrite=overwrite,
        )
    )
    rows = read_table(done.folder / "explanations.csv")
    return Explanations(done.folder, tuple(rows), tuple(done.rejected))
