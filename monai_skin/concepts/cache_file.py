# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""One picture's concepts as a file: tensors in the form safetensors, and a header of text."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from monai_skin.concepts.concept_set import ConceptSet
from monai_skin.errors import InvalidInputError
from monai_skin.io import save_weights
from monai_skin.io.files import read_bytes, source_name
from monai_skin.io.tensorfiles import load_tensors

__all__ = ["read_concepts", "write_concepts"]

FORM = 2  # masks run column by column; in files of form 1 they ran row by row
_TENSORS = {
    "vectors": torch.float32,
    "boxes": torch.float32,
    "scores": torch.float32,
    "phrase_ids": torch.int32,
    "run_lengths": torch.int32,
    "run_offsets": torch.int32,
}


def write_concepts(path: str | os.PathLike[str], concepts: ConceptSet, *, settings_digest: str) -> None:
    """Write a file that :func:`read_concepts` reads, atomically.

    Args:
        path: the file, ending in ``.safetensors``.
        concepts: with the digest of their picture.
        settings_digest: of what they were extracted with.

    Raises:
        StorageError: the disk is full, read-only or refuses us.
    """
    offsets = np.cumsum([0, *(len(runs) for runs in concepts.runs)]).astype(np.int32)
    arrays = {
        "vectors": concepts.vectors,
        "boxes": concepts.boxes,
        "scores": concepts.scores,
        "phrase_ids": concepts.phrase_ids,
        "run_lengths": np.concatenate(concepts.runs),
        "run_offsets": offsets,
    }
    header = {
        "form": FORM,
        "phrases": list(concepts.phrases),
        "size": list(concepts.size),
        "image": concepts.image_digest,
        "outline": concepts.outline_digest,
        "settings": settings_digest,
    }
    tensors = {name: torch.from_numpy(np.ascontiguousarray(array)) for name, array in arrays.items()}
    save_weights(path, tensors, metadata={"concepts": json.dumps(header, ensure_ascii=False, sort_keys=True)})


def read_concepts(path: str | os.PathLike[str], *, settings_digest: str, image_digest: str) -> ConceptSet:
    """Read what :func:`write_concepts` wrote.

    Args:
        path: the file.
        settings_digest: it must have been extracted with.
        image_digest: of the picture it must be of.

    Raises:
        InvalidInputError: missing, damaged or cut off, of another form, of other settings or of another picture.
    """
    name = source_name(path)
    data = read_bytes(path, source=name)
    tensors = load_tensors(data, source=name)
    header = _header(data) if tensors is not None else None
    if tensors is None or header is None:
        raise InvalidInputError.about(name, "file", "holds no concepts", expected="a file of the concept cache")
    if header.get("form") != FORM:
        raise InvalidInputError.about(name, "form", f"is {header.get('form')!r}", expected=f"{FORM}")
    for field, expected in (("settings", settings_digest), ("image", image_digest)):
        if header.get(field) != expected:
            problem = f"digest is {str(header.get(field))[:16]}"
            raise InvalidInputError.about(name, field, problem, expected=expected[:16])
    for key, dtype in _TENSORS.items():
        if key not in tensors or tensors[key].dtype != dtype:
            raise InvalidInputError.about(name, key, "is missing or of another type", expected=f"{dtype}")
    try:
        return _concepts({key: tensor.numpy() for key, tensor in tensors.items()}, header)
    except (InvalidInputError, KeyError, TypeError, ValueError) as error:
        problem = f"do not fit together ({error})"
        raise InvalidInputError.about(name, "concepts", problem, expected="a file of the concept cache") from error


def _concepts(arrays: Mapping[str, Any], header: Mapping[str, Any]) -> ConceptSet:
    offsets = arrays["run_offsets"]
    rows, columns = header["size"]
    ordered = offsets.ndim == 1 and len(offsets) > 1 and offsets[0] == 0 and (np.diff(offsets) >= 0).all()
    if not ordered or offsets[-1] != arrays["run_lengths"].size:
        raise ValueError("run_offsets are not those of run_lengths")
    return ConceptSet(
        vectors=arrays["vectors"],
        boxes=arrays["boxes"],
        scores=arrays["scores"],
        phrase_ids=arrays["phrase_ids"],
        phrases=tuple(str(phrase) for phrase in header["phrases"]),
        runs=tuple(np.split(arrays["run_lengths"], offsets[1:-1])),
        size=(int(rows), int(columns)),
        image_digest=str(header["image"]),
        outline_digest=str(header.get("outline", "")),
    )


def _header(data: bytes) -> dict[str, Any] | None:
    """Our part of a safetensors header, which the library has read already without complaint."""
    start = 8 + int.from_bytes(data[:8], "little")
    text = json.loads(data[8:start]).get("__metadata__", {}).get("concepts")
    try:
        found = json.loads(text) if text else None
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
