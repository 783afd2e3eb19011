# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The only code that opens image, table, weight and archive files, and the only code that writes files."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from monai_skin.io.archives import safe_extract
from monai_skin.io.atomic import atomic_file, atomic_write, sweep_temporaries
from monai_skin.io.decoding import MAX_PIXELS
from monai_skin.io.documents import read_json, write_json
from monai_skin.io.files import FileOrBytes, sha256_of, stated_digest
from monai_skin.io.html_page import page
from monai_skin.io.images import Picture, image_size, read_image, write_image
from monai_skin.io.masks import read_mask, write_mask
from monai_skin.io.stand_in import StandIn
from monai_skin.io.tables import read_table, write_table
from monai_skin.io.ultrasound import count_frames, read_ultrasound

if TYPE_CHECKING:
    from monai_skin.io.checkpoints import load_checkpoint, save_checkpoint
    from monai_skin.io.described_tensors import read_described_tensors, write_described_tensors
    from monai_skin.io.weights import apply_weights, load_weights, save_weights

__all__ = [
    "MAX_PIXELS",
    "FileOrBytes",
    "Picture",
    "StandIn",
    "apply_weights",
    "atomic_file",
    "atomic_write",
    "count_frames",
    "image_size",
    "load_checkpoint",
    "load_weights",
    "page",
    "read_described_tensors",
    "read_image",
    "read_json",
    "read_mask",
    "read_table",
    "read_ultrasound",
    "safe_extract",
    "save_checkpoint",
    "save_weights",
    "sha256_of",
    "stated_digest",
    "sweep_temporaries",
    "write_described_tensors",
    "write_image",
    "write_json",
    "write_mask",
    "write_table",
]

# These need torch, which takes seconds to import; pictures, tables and archives do not.
_IN_MODULE = {
    "apply_weights": "weights",
    "load_checkpoint": "checkpoints",
    "load_weights": "weights",
    "read_described_tensors": "described_tensors",
    "save_checkpoint": "checkpoints",
    "save_weights": "weights",
    "write_described_tensors": "described_tensors",
}


def __getattr__(name: str) -> object:
    if name not in _IN_MODULE:
        raise AttributeError(f"module {__name__} has no attribute {name}")
    return getattr(importlib.import_module(f"{__name__}.{_IN_MODULE[name]}"), name)
