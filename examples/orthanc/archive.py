# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""A throw-away Orthanc archive on this machine that sends every new picture to our node; for trials and tests only.

Orthanc and its DICOMweb plugin are the packages ``orthanc`` and ``orthanc-dicomweb`` of Debian and Ubuntu.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

TITLE, NODE = "ARCHIVE", "MONAI_SKIN"
PLUGINS = ("/usr/share/orthanc/plugins/libOrthancDicomWeb.so", "/usr/lib/orthanc/libOrthancDicomWeb.so")
FORWARD = """
function OnStoredInstance(instance, tags, metadata)
  -- DMS is Dermoscopic Photography, XC is VL Photographic; results have other modalities
  if tags['Modality'] == 'DMS' or tags['Modality'] == 'XC' then
    SendToModality(instance, 'node')
  end
end
"""


def installed() -> bool:
    return find_orthanc() is not None


def find_orthanc() -> str | None:
    return shutil.which("Orthanc") or shutil.which("Orthanc", path="/usr/sbin")


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def wait_until_listening(port: int, seconds: float = 60.0) -> None:
    """Return once someone listens; an archive does not try again what it could not send before."""
    end = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


class Archive:
    """Orthanc in a folder.

    Args:
        folder: for its storage and settings.
        node_port: where our node listens.
        forwards: whether new pictures are sent to the node.
    """

    def __init__(self, folder: Path, node_port: int, *, forwards: bool = True) -> None:
        self.folder, self.dicom_port, self.web_port = folder, free_port(), free_port()
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "forward.lua").write_text(FORWARD, encoding="utf-8")
        settings = {
            "Name": "trial",
            "StorageDirectory": str(folder / "storage"),
            "IndexDirectory": str(folder / "storage"),
            "DicomAet": TITLE,
            "DicomPort": self.dicom_port,
            "DicomCheckCalledAet": True,
            "DicomAlwaysAllowStore": False,
            "HttpPort": self.web_port,
            "RemoteAccessAllowed": False,
            "OverwriteInstances": False,
            "SyncStorageArea": True,
            "StableAge": 1,
            "DicomModalities": {"node": [NODE, "127.0.0.1", node_port]},
            "LuaScripts": [str(folder / "forward.lua")] if forwards else [],
            "Plugins": [next(path for path in PLUGINS if Path(path).exists())],
            "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
        }
        (folder / "orthanc.json").write_text(json.dumps(settings, indent=2), encoding="utf-8")
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Archive:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, seconds: float = 30.0) -> None:
        command = [str(find_orthanc()), str(self.folder / "orthanc.json")]
        with (self.folder / "orthanc.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        end = time.monotonic() + seconds
        while True:
            try:
                self.get("/system")
                return
            except OSError:
                if time.monotonic() > end or self.process.poll() is not None:
                    raise
                time.sleep(0.05)

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(30)
            self.process = None

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.web_port}{path}", timeout=30) as reply:
            content = reply.read()
        return json.loads(content) if path.rpartition("/")[2] != "file" else content

    def put_file(self, data: bytes) -> None:
        """Store an object, as a camera would."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.web_port}/instances", data, method="POST")
        urllib.request.urlopen(request, timeout=30).close()

    @property
    def studies_url(self) -> str:
        return f"http://127.0.0.1:{self.web_port}/dicom-web/studies"

    def instances(self) -> list[dict[str, Any]]:
        """What the archive holds: id, SOPInstanceUID, SOPClassUID and study of each object."""
        found = []
        for name in self.get("/instances"):
            tags = self.get(f"/instances/{name}/simplified-tags")
            found.append({"id": name, **{key: tags.get(key, "") for key in _KEYS}})
        return found


_KEYS = ("SOPInstanceUID", "SOPClassUID", "StudyInstanceUID", "Modality", "Manufacturer")
