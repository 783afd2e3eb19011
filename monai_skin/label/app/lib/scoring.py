# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Scores that the strategies choose by, kept with each picture."""

from __future__ import annotations

import logging
from typing import Any

from fastapi import HTTPException
from monailabel.interfaces.tasks.scoring import ScoringMethod

from lib.worker import Worker

logger = logging.getLogger(__name__)
METHODS = {
    "spread": "how far four views of a picture disagree about its outline",
    "classes": "the probabilities of the classes",
}


class SkinScoring(ScoringMethod):
    """Score every picture that has no score of the active weights yet; of the outlined ones the classes only.

    A picture that cannot be read is logged and passed over.
    """

    def __init__(self, name: str, worker: Worker) -> None:
        super().__init__(METHODS[name])
        self.name, self.worker = name, worker

    def __call__(self, request: dict[str, Any], datastore: Any) -> dict[str, Any]:
        spread = self.name == "spread"
        images = sorted(datastore.get_unlabeled_images() if spread else datastore.list_images())
        scored, failed = 0, 0
        for number, image in enumerate(images, 1):
            try:
                scored += self._score(image, datastore)
            except HTTPException as error:
                failed += 1
                logger.warning("%s of %s: %s", self.name, image, error.detail)
            logger.info("%s: %d of %d", self.name, number, len(images))
        return {"scored": scored, "failed": failed, "images": len(images)}

    def _score(self, image: str, datastore: Any) -> int:
        info = datastore.get_image_info(image)
        version = self.worker.ask("version")["version"]
        if info.get(f"{self.name}_version") == version:
            return 0
        uri = datastore.get_image_uri(image)
        if self.name == "spread":
            found: dict[str, Any] = {"lesion_spread": round(self.worker.ask("spread", image=uri)["spread"], 6)}
        else:
            rows = self.worker.ask("diagnose", image=uri)["prediction"]
            found = {"lesion_classes": {row["label"]: round(row["score"], 6) for row in rows}}
        datastore.update_image_info(image, {**found, f"{self.name}_version": version})
        return 1
