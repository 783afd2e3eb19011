# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Training on approved outlines, in a process of monai_skin's environment."""

from __future__ import annotations

import json
import logging
import subprocess
from pathlib import Path
from typing import Any

from monailabel.interfaces.tasks.train import TrainTask

from lib.worker import Worker

logger = logging.getLogger(__name__)
EPOCHS = 5
OPTIONS = ("image_size", "max_shift", "batch_size", "learning_rate", "seed")


class SkinTraining(TrainTask):
    """The bundle's own ``train.json`` on the ``final`` labels; what comes out is a new version of the weights."""

    def __init__(self, worker: Worker) -> None:
        super().__init__("Train the outlines on what was approved; every version is kept.")
        self.worker = worker

    def config(self) -> dict[str, Any]:
        return {"max_epochs": EPOCHS}

    def stats(self) -> dict[str, Any]:
        """What is on record of the versions."""
        file = Path(self.worker.models) / "versions.json"
        return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {"active": 0, "versions": []}

    def __call__(self, request: dict[str, Any], datastore: Any) -> dict[str, Any]:
        """Train, and hand on each line of progress; the last says what came out."""
        items = [{**item, "image_id": Path(item["label"]).stem} for item in datastore.datalist()]
        overrides = {name: request[name] for name in OPTIONS if name in request}
        plan = {"items": items, "epochs": int(request.get("max_epochs", EPOCHS)), "overrides": overrides}
        process = subprocess.Popen(  # noqa: S603
            self.worker.command("train"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**self.worker.environment(), "TQDM_DISABLE": "1"},
        )
        process.stdin.write(json.dumps(plan))  # type: ignore[union-attr]
        process.stdin.close()  # type: ignore[union-attr]
        last, made = "", None
        for line in process.stdout:  # type: ignore[union-attr]
            said = line.strip()
            if said:
                last, made = said, said if said.startswith('{"version"') else made
                logger.info("%s", said)
        if process.wait() != 0 or made is None:
            raise RuntimeError(last)
        return json.loads(made)
