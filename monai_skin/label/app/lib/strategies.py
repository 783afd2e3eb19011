# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Which picture comes next, decided by the worker."""

from __future__ import annotations

import logging
from typing import Any

from monailabel.interfaces.tasks.strategy import Strategy

from lib.worker import Worker

logger = logging.getLogger(__name__)
SCORES = ("lesion_spread", "lesion_classes")
ABOUT = {
    "random": "any picture without an approved outline",
    "first": "the first of them by name",
    "epistemic": "the one on which views of the picture disagree most",
    "class_balance": "the likeliest of the class seen least so far",
}


class SkinStrategy(Strategy):
    """One of the worker's strategies, asked with what the datastore knows of each picture."""

    def __init__(self, name: str, about: str, worker: Worker) -> None:
        super().__init__(about)
        self.name, self.worker = name, worker

    def __call__(self, request: dict[str, Any], datastore: Any) -> dict[str, Any] | None:
        infos = {
            image: {name: value for name, value in datastore.get_image_info(image).items() if name in SCORES}
            for image in datastore.list_images()
        }
        open_ones, skip = list(datastore.get_unlabeled_images()), request.get("skip")
        found = self.worker.ask("choose", strategy=self.name, unlabelled=open_ones, infos=infos, skip=skip)
        logger.info("%s: %s", self.name, found)
        return found or None


def strategies_of(worker: Worker) -> dict[str, str]:
    """Names, and what each does."""
    return ABOUT
