# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Start MONAI Label in its own environment, with this package's app and safe settings."""

from __future__ import annotations

import ipaddress
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import monai_skin
from monai_skin.errors import PeerError, UsageError
from monai_skin.io import atomic_write

__all__ = ["APP", "LabelServer", "find_label_python", "require_safe_host"]

APP = Path(__file__).parent / "app"
PYTHON_VARIABLE = "MONAI_LABEL_PYTHON"
DEFAULT_PYTHON = Path(".venv-label") / "bin" / "python"
EXTENSIONS = ("jpg", "jpeg", "png", "tif", "tiff", "bmp", "JPG", "JPEG", "PNG")
_PROBE = "import importlib.util, sys; sys.exit(importlib.util.find_spec('monailabel') is None)"
_INSTALL = "'make label', or --label-python with the interpreter of MONAI Label's environment"


@dataclass(frozen=True)
class LabelServer:
    """How the server is started.

    Args:
        studies: folder of pictures, or the address of a DICOMweb server.
        work: folder for the app's copy, its logs and, under ``models``, the weight versions.
        python: interpreter of MONAI Label's environment.
        host: to listen on.
        port: likewise.
        conf: further ``--conf`` of the app, see ``label worker --help``.
    """

    studies: str
    work: Path
    python: Path
    host: str = "127.0.0.1"
    port: int = 8000
    conf: Mapping[str, str] = field(default_factory=dict)

    def prepare(self) -> None:
        """Copy the app to where it may write beside itself, as MONAI Label does.

        Raises:
            UsageError: the studies do not exist, or the host is not safe.
            StorageError: the work folder cannot be written.
        """
        require_safe_host(self.host, os.environ)
        if not self._remote and not Path(self.studies).is_dir():
            raise UsageError.about(Path(self.studies).name, "studies", "is no folder", expected="a folder of pictures")
        for file in sorted(APP.rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                atomic_write(self.work / "app" / file.relative_to(APP), file.read_bytes())

    def command(self) -> list[str]:
        """The words that start it."""
        conf = {"models": str((self.work / "models").absolute()), "python": sys.executable, **self.conf}
        studies = self.studies if self._remote else str(Path(self.studies).absolute())
        return [
            *(str(self.python), "-m", "monailabel.main", "start_server"),
            *("--app", str((self.work / "app").absolute()), "--studies", studies),
            *("--host", self.host, "--port", str(self.port), "--uvicorn_app", "serve:app"),
            *(part for name, value in conf.items() for part in ("--conf", name, value)),
        ]

    def environment(self) -> dict[str, str]:
        """Variables of the server; what the user has set stands."""
        app = (self.work / "app").absolute()
        own = {name: value for name, value in os.environ.items() if name != "PYTHONHOME"}
        defaults = {
            "MONAI_LABEL_AUTO_UPDATE_SCORING": "false",  # scoring everything after each label takes minutes
            "MONAI_LABEL_DATASTORE_FILE_EXT": json.dumps([f"*.{suffix}" for suffix in EXTENSIONS]),
            "MONAI_LABEL_DICOMWEB_CACHE_EXPIRY": "5",
            "MONAI_LABEL_DICOMWEB_CACHE_PATH": str((self.work / "dicom").absolute()),
            "MONAI_LABEL_DICOMWEB_CONVERT_TO_NIFTI": "false",
            "MONAI_LABEL_DICOMWEB_SEARCH_FILTER": json.dumps({"Modality": "XC"}),
            "MONAI_LABEL_SESSIONS": "false",
        }
        fixed = {
            "PYTHONPATH": os.pathsep.join([str(app), str(app / "shim")]),
            "PATH": f"{self.python.parent}{os.pathsep}{own.get('PATH', '')}",
            "MONAI_SKIN_PATH": str(Path(monai_skin.__file__).parents[1]),
            # under which names it answers; behind authentication, under any
            "MONAI_SKIN_LABEL_HOSTS": f"{self.host},127.0.0.1,localhost" if _is_loopback(self.host) else "",
        }
        return {**defaults, **own, **fixed}

    def run(self) -> int:
        """Prepare, start, and wait for its end; 0.

        Raises:
            UsageError, StorageError: as :meth:`prepare`.
            PeerError: the server ended by itself, with what it said on its own log.
        """
        self.prepare()
        process = subprocess.Popen(self.command(), env=self.environment(), cwd=self.work)  # noqa: S603
        try:
            code = process.wait()
        except BaseException:
            process.terminate()
            process.wait()
            raise
        if code:
            expected = f"a free port and what its log above asks for; {self.host}:{self.port} was to be listened on"
            raise PeerError.about("label", "MONAI Label's server", f"ended with {code}", expected=expected)
        return code

    @property
    def _remote(self) -> bool:
        return self.studies.startswith(("http://", "https://"))


def require_safe_host(host: str, environment: Mapping[str, str]) -> None:
    """Refuse to listen where others can reach the server, unless it asks who they are.

    Raises:
        UsageError: the host is not this machine's own loopback, and authentication is off.
    """
    loopback = _is_loopback(host)
    asks = environment.get("MONAI_LABEL_AUTH_ENABLE", "").lower() in ("1", "true", "yes", "on")
    if not loopback and not (asks and environment.get("MONAI_LABEL_AUTH_REALM_URI")):
        expected = "127.0.0.1, or MONAI_LABEL_AUTH_ENABLE=true with MONAI_LABEL_AUTH_REALM_URI"
        raise UsageError.about("label", "host", f"is {host}, which others can reach", expected=expected)


def _is_loopback(host: str) -> bool:
    """Of IPv4: the server's check of names knows no other."""
    try:
        return ipaddress.IPv4Address(host).is_loopback
    except ValueError:
        return host == "localhost"


def find_label_python(given: str | None) -> Path:
    """The interpreter of MONAI Label's environment: given, or ``$MONAI_LABEL_PYTHON``, or ``.venv-label``.

    Raises:
        UsageError: there is none, or it has no MONAI Label; the message says how to install it.
    """
    python = Path(given or os.environ.get(PYTHON_VARIABLE) or DEFAULT_PYTHON)
    if not python.is_file():
        raise UsageError.about("label", "MONAI Label's environment", "is not there", expected=_INSTALL)
    probe = subprocess.run([str(python), "-c", _PROBE], capture_output=True, check=False)  # noqa: S603
    if probe.returncode:
        raise UsageError.about("label", "MONAI Label", "is not installed in that environment", expected=_INSTALL)
    return python.absolute()
