# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The app that MONAI Label starts: a thin face, in an environment that cannot hold monai_skin.

Everything is asked of a worker, ``python -m monai_skin label worker``, which lives in monai_skin's own environment.
"""

from __future__ import annotations

import os
import tempfile
import threading
from pathlib import Path
from typing import Any

from fastapi import HTTPException
from lib.datastores import FolderDatastore, open_dicomweb
from lib.scoring import METHODS, SkinScoring
from lib.strategies import SkinStrategy, strategies_of
from lib.tasks import infer_tasks
from lib.training import SkinTraining
from lib.worker import Worker
from monailabel.config import settings
from monailabel.interfaces.app import MONAILabelApp

NOTE = "Research use only. Not for diagnosis."
LABELS = {"lesion": 1}
NOT_OFFERED = ("model_filename", "model_path", "weights", "bundle_path", "network")


class MyApp(MONAILabelApp):
    """Outlines, refinement by clicks, classes and concepts of skin lesions; training on what was approved."""

    def __init__(self, app_dir: str, studies: str, conf: dict[str, str]) -> None:
        self.worker = Worker(conf or {})
        self.worker.command("worker")  # says at once, and in one line, when monai_skin's interpreter is not known
        description = f"Outlines and classes of skin lesions, by monai_skin. {NOTE}"
        super().__init__(app_dir, studies, conf, name="monai_skin", description=description, labels=LABELS)

    def init_datastore(self) -> Any:
        """A folder of pictures, or a DICOMweb server; each checks labels before they are saved."""
        if self.studies.startswith(("http://", "https://")):
            return open_dicomweb(self.studies.rstrip("/"), self.worker)
        return FolderDatastore(
            self.studies,
            worker=self.worker,
            extensions=settings.MONAI_LABEL_DATASTORE_FILE_EXT,
            auto_reload=settings.MONAI_LABEL_DATASTORE_AUTO_RELOAD,
        )

    def init_infers(self) -> dict[str, Any]:
        return infer_tasks(self.worker)

    def init_trainers(self) -> dict[str, Any]:
        return {"lesion_segmentation": SkinTraining(self.worker)}

    def init_strategies(self) -> dict[str, Any]:
        return {name: SkinStrategy(name, about, self.worker) for name, about in strategies_of(self.worker).items()}

    def init_scoring_methods(self) -> dict[str, Any]:
        return {name: SkinScoring(name, self.worker) for name in METHODS}

    def on_init_complete(self) -> None:
        """As MONAI Label's, and the worker begins to load what takes it seconds, before anyone asks."""
        super().on_init_complete()
        threading.Thread(target=self.worker.ask, args=("version",), daemon=True).start()

    def infer(self, request: dict[str, Any], datastore: Any = None) -> dict[str, Any]:
        """As MONAI Label's, of pictures that are in the datastore or came with the request, and of no other file."""
        refused = [name for name in NOT_OFFERED if name in request]
        if refused:
            raise HTTPException(400, f"infer: option {refused[0]} is not offered; expected a request without it")
        if request.get("model") not in self._infers:
            raise HTTPException(404, f"infer: there is no such model; expected one of {', '.join(self._infers)}")
        image = request.get("image")
        known = isinstance(image, str) and image in (datastore or self.datastore()).list_images()
        if not known and not _came_with_request(image):
            raise HTTPException(404, "infer: image is not in the datastore; expected the id of one that is")
        label = request.get("label")
        if label is not None and not _came_with_request(label):
            raise HTTPException(400, "infer: label is no upload; expected a file that comes with the request")
        return super().infer({**request, "image_id": image if known else "uploaded picture"}, datastore)

    def infer_wsi(self, request: dict[str, Any], datastore: Any = None) -> dict[str, Any]:
        """Not for whole slides."""
        raise HTTPException(404, "infer: whole slides are not offered; expected /infer/<model>")

    def batch_infer(self, request: dict[str, Any], datastore: Any = None) -> Any:
        """As MONAI Label's, which would share the pictures out among GPUs and divides by none where there are none."""
        return super().batch_infer({**request, "multi_gpu": False, "device": "cpu", "max_workers": 1}, datastore)

    def train(self, request: dict[str, Any]) -> Any:
        """As MONAI Label's, without scoring everything anew behind it."""
        if request.get("model") not in self._trainers:
            raise HTTPException(404, f"train: there is no such model; expected one of {', '.join(self._trainers)}")
        return super().train(request)


def _came_with_request(file: Any) -> bool:
    """Whether MONAI Label put an upload there: a file right in the folder for temporary files."""
    if not isinstance(file, str):
        return False
    return os.path.isfile(file) and Path(file).resolve().parent == Path(tempfile.gettempdir()).resolve()
