# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Annotation with MONAI Label: what its app asks of this package, from another environment, and the app itself.

MONAI Label lives in an environment of its own, which cannot hold this package; ``docs/howto`` says how they talk.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from monai_skin.label.answers import Answers, WorkerSettings
    from monai_skin.label.choose import STRATEGIES, choose_image
    from monai_skin.label.outliner import Outliner
    from monai_skin.label.refine import Clicks, read_clicks, refine_mask
    from monai_skin.label.server import LabelServer, find_label_python, require_safe_host
    from monai_skin.label.training import TrainingPlan, train_version
    from monai_skin.label.versions import WeightVersions
    from monai_skin.label.worker import answer_line, serve_lines

__all__ = [
    "STRATEGIES",
    "Answers",
    "Clicks",
    "LabelServer",
    "Outliner",
    "TrainingPlan",
    "WeightVersions",
    "WorkerSettings",
    "answer_line",
    "choose_image",
    "find_label_python",
    "read_clicks",
    "refine_mask",
    "require_safe_host",
    "serve_lines",
    "train_version",
]

# Starting the server needs no torch, which takes seconds to import; what answers does.
_IN_MODULE = {
    "STRATEGIES": "choose",
    "Answers": "answers",
    "Clicks": "refine",
    "LabelServer": "server",
    "Outliner": "outliner",
    "TrainingPlan": "training",
    "WeightVersions": "versions",
    "WorkerSettings": "answers",
    "answer_line": "worker",
    "choose_image": "choose",
    "find_label_python": "server",
    "read_clicks": "refine",
    "refine_mask": "refine",
    "require_safe_host": "server",
    "serve_lines": "worker",
    "train_version": "training",
}


def __getattr__(name: str) -> object:
    if name not in _IN_MODULE:
        raise AttributeError(f"module {__name__} has no attribute {name}")
    return getattr(importlib.import_module(f"{__name__}.{_IN_MODULE[name]}"), name)
