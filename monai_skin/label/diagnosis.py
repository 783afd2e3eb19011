# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The class of an outlined lesion, as plain values: the same bundle as ``predict`` runs, on one picture."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from monai_skin.data import list_images
from monai_skin.errors import InvalidInputError
from monai_skin.handlers import WriteDiagnoses
from monai_skin.io import write_mask
from monai_skin.labels import UNKNOWN
from monai_skin.pipeline import add_metadata, sites_of
from monai_skin.pipeline.run_inference import Job, run_inference

__all__ = ["diagnose_picture"]


def diagnose_picture(
    image: Path, mask: npt.NDArray[np.bool_], *, person: Mapping[str, Any], root: Path, device: str | None = None
) -> dict[str, Any]:
    """Probabilities of the classes of a diagnosis bundle, the most probable first.

    Args:
        image: a file.
        mask: the lesion, ``(H, W)`` of the upright picture.
        person: any of ``age``, ``sex`` and ``site``; a DICOM file's own header is asked where one is missing.
        root: of the bundle.
        device: the bundle decides if None.

    Returns:
        ``prediction``, rows of ``label`` and ``score`` in the form of MONAI Label's classifiers; ``mask_ok``,
        ``unfamiliar`` where the bundle can tell, and ``notes``.

    Raises:
        InvalidInputError: the picture cannot be used, or what is said of the person is outside of the vocabularies.
    """
    given = {name: value for name, value in person.items() if value not in (None, "")}
    with tempfile.TemporaryDirectory(prefix="monai_skin-label-") as folder:
        write_mask(Path(folder) / "mask.png", mask)
        items = add_metadata(list_images(image), sites=sites_of(root), **given)
        item = {"age": None, "sex": UNKNOWN, "site": UNKNOWN, **items[0], "mask": f"{folder}/mask.png"}
        out = Path(folder) / "out"
        done = run_inference(Job([item], out, root, WriteDiagnoses, device=device, batch_size=1, progress=False))
    if done.rejected:
        raise InvalidInputError(done.rejected[0]["reason"], source=done.rejected[0]["image_id"])
    return _as_values(done.rows[0], done.classes if isinstance(done, WriteDiagnoses) else ())


def _as_values(row: Mapping[str, str], classes: tuple[str, ...]) -> dict[str, Any]:
    scores = [{"idx": index, "label": name, "score": float(row[name])} for index, name in enumerate(classes)]
    scores.sort(key=lambda score: -float(str(score["score"])))
    known = {"unfamiliar": row["unfamiliar"] == "true"} if "unfamiliar" in row else {}
    names = {str(index): name for index, name in enumerate(classes)}
    return {
        "prediction": scores,
        "label_names": names,
        "mask_ok": row["mask_ok"] == "true",
        **known,
        "notes": row["notes"],
    }
