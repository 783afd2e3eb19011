# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""MONAI Label's server, started as a user starts it, where its environment is installed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from monai_skin.data.phantoms import make_phantom
from monai_skin.io import write_image
from tests.system.label.client import Client

ROOT = Path(__file__).resolve().parents[3]
TURNED, SIZE = "turned", (120, 160)


def label_python() -> str | None:
    given = os.environ.get("MONAI_LABEL_PYTHON") or str(ROOT / ".venv-label" / "bin" / "python")
    return given if Path(given).is_file() else None


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def make_studies(folder: Path, count: int = 12) -> Path:
    """Phantoms, the last as a JPEG that lies on its side and says so."""
    folder.mkdir()
    for seed in range(count - 1):
        write_image(folder / f"lesion_{seed:02d}.png", make_phantom(seed, SIZE).image)
    upright = np.ascontiguousarray(make_phantom(count, SIZE).image.transpose(1, 2, 0))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter clockwise: so it is stored turned the other way
    Image.fromarray(np.ascontiguousarray(np.rot90(upright))).save(folder / f"{TURNED}.jpg", exif=exif, quality=100)
    return folder


def start(studies: str, work: Path, port: int, **extra: str) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-m", "monai_skin", "label", "serve", "--studies", studies, "--work", str(work)]
    python = label_python() or ""
    work.mkdir(parents=True, exist_ok=True)
    with (work / "server.log").open("wb") as log:
        return subprocess.Popen(
            [*words, "--port", str(port), "--label-python", python, "--device", "cpu"],
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), **extra},
        )


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 180
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/info/", timeout=60):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    raise AssertionError(log.read_text(encoding="utf-8", errors="replace")[-3000:])


@pytest.fixture(scope="session")
def needs_label() -> None:
    if label_python() is None:
        pytest.skip("needs MONAI Label's environment: make label, or set MONAI_LABEL_PYTHON to its interpreter")


@pytest.fixture(scope="session")
def client(needs_label, tmp_path_factory) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("annotation")
    port = free_port()
    process = start(str(make_studies(folder / "studies")), folder / "work", port)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(url, process, folder / "work" / "server.log")
        yield Client(url, folder)
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture(scope="session")
def chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("needs Chromium")
    return found
