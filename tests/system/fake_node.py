# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""``python -m tests.system.fake_node SETTINGS``: a whole node whose models are a stand-in that answers at once.

Every object gets one result, whose identifier is that of the object with ``.9`` behind it.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Mapping
from pathlib import Path

from monai_skin.cli.main import _stop
from monai_skin.io.dicom_routing import read_dicom_routing
from monai_skin.pacs import answer as answers
from monai_skin.pacs import node, worker
from monai_skin.pacs.answer import Answer
from monai_skin.pacs.settings import NodeSettings
from tests.dicom.objects import object_bytes


def answer(objects: Mapping[str, Path], route: object, folder: Path, device: str) -> dict[str, Answer]:
    found = {}
    for name, path in objects.items():
        uid = read_dicom_routing(path).sop_instance_uid
        result = folder / f"{name}.dcm"
        result.write_bytes(object_bytes(SOPInstanceUID=f"{uid}.9", Manufacturer="monai_skin", Modality="OT"))
        found[name] = Answer({"sc": result})
    return found


def commands(settings: NodeSettings, file: str) -> dict[str, list[str]]:
    parts = node.commands_of(settings, file)
    return {
        name: [sys.executable, "-m", "tests.system.fake_node", words[-2], str(file)] for name, words in parts.items()
    }


def main(words: list[str]) -> int:
    import signal

    signal.signal(signal.SIGTERM, _stop)
    answers.check_routes = lambda routes: None
    worker.Worker = functools.partial(worker.Worker, answering=answer)
    if len(words) == 1:
        node.serve(words[0], commands=commands)
    else:
        node.run_part(*words)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
