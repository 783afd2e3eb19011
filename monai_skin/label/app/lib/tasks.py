# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""What a client may infer."""

from __future__ import annotations

import os
import tempfile
from typing import Any

from monailabel.interfaces.tasks.infer_v2 import InferTask, InferType

from lib.worker import Worker

LESION = {"lesion": 1}
CLICKS = ("foreground", "background", "box", "label")
PERSON = ("age", "sex", "site")


class SkinTask(InferTask):
    """One kind of question to the worker.

    Args:
        question: what the worker is asked.
        options: of a request that go on to the worker.
        draws: whether a mask comes back.
    """

    def __init__(
        self,
        worker: Worker,
        question: str,
        kind: InferType,
        about: str,
        *,
        labels: Any = None,
        options: tuple[str, ...] = (),
        draws: bool = True,
    ) -> None:
        super().__init__(kind, labels, 2, f"{about} Research use only, not for diagnosis.")
        self.worker, self.question, self.options, self.draws = worker, question, options, draws

    def is_valid(self) -> bool:
        return True

    def __call__(self, request: dict[str, Any]) -> tuple[str | None, dict[str, Any]]:
        """The file of the mask, if there is one, and the answer."""
        known = {name: request[name] for name in self.options if request.get(name) not in (None, "", [])}
        known |= {"image": request["image"], "image_id": request.get("image_id", "picture")}
        if not self.draws:
            return None, self.worker.ask(self.question, **known)
        handle, out = tempfile.mkstemp(suffix=".png")
        os.close(handle)
        try:
            return out, self.worker.ask(self.question, out=out, **known)
        except BaseException:
            os.unlink(out)
            raise


def infer_tasks(worker: Worker) -> dict[str, InferTask]:
    """All of them, by name."""
    return {
        "lesion_segmentation": SkinTask(
            worker, "outline", InferType.SEGMENTATION, "The lesion's outline.", labels=LESION
        ),
        "lesion_refinement": SkinTask(
            worker,
            "refine",
            InferType.DEEPGROW,
            "The outline after clicks on lesion and skin, or a box; SAM where it is given.",
            labels=LESION,
            options=CLICKS,
        ),
        "lesion_diagnosis": SkinTask(
            worker,
            "diagnose",
            InferType.CLASSIFICATION,
            "Probabilities of seven classes.",
            options=(*PERSON, "label"),
            draws=False,
        ),
        "lesion_segmentation_and_diagnosis": SkinTask(
            worker,
            "diagnose",
            InferType.SEGMENTATION,
            "The outline, and the probabilities of the classes with it.",
            labels=LESION,
            options=(*PERSON, "label"),
        ),
        "lesion_concepts": SkinTask(
            worker, "concepts", InferType.DETECTION, "Visual concepts: words, scores and boxes.", draws=False
        ),
    }
