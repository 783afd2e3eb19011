# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The same answer without a network, without a home, in another language, in another time zone, and optimised."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.dicom.objects import object_bytes
from tests.hostile.test_canaries import lesion
from tests.small_bundle import make_bundle, make_diagnosis_bundle, make_pictures

pytestmark = pytest.mark.slow

OFFLINE = """
import ipaddress, socket, sys

def refuse(name):
    raise AssertionError(f"looked for {name} in the network")

def guarded(connect):
    def inner(self, address, *rest):
        if isinstance(address, tuple) and not ipaddress.ip_address(address[0]).is_loopback:
            refuse(address[0])
        return connect(self, address, *rest)
    return inner

def lookup(host, *rest, **options):
    if host not in (None, "localhost", "127.0.0.1", "::1"):
        refuse(host)
    return found(host, *rest, **options)

found, socket.getaddrinfo = socket.getaddrinfo, lookup
socket.socket.connect = guarded(socket.socket.connect)
socket.socket.connect_ex = guarded(socket.socket.connect_ex)
socket.gethostbyname = refuse
socket.create_connection = lambda address, *rest, **options: refuse(address)
from monai_skin.cli import main
sys.exit(main(sys.argv[1:]))
"""
MODULE, BLOCKED = ("-m", "monai_skin"), ("-c", OFFLINE)


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("place")
    make_bundle(folder / "shelf" / "lesion_segmentation")
    make_diagnosis_bundle(folder / "shelf" / "dual_encoder_diagnosis")
    make_pictures(folder / "pictures", 1)
    shutil.copy(folder / "pictures" / "lesion 0.png", folder / "pictures" / "Läsion.png")
    (folder / "pictures" / "one.dcm").write_bytes(object_bytes(lesion(), PatientAge="034Y", BodyPartExamined="BACK"))
    return folder


def answers(place: Path, name: str, *python: str, without: tuple[str, ...] = (), **variables: str) -> dict[str, bytes]:
    """Every file that a run wrote, but the DICOM objects, which have new identifiers and the time of day."""
    environment = {key: value for key, value in os.environ.items() if key not in without}
    environment |= {"MONAI_SKIN_BUNDLES": str(place / "shelf"), "PYTHONPATH": str(ROOT), **variables}
    words = ["dicom", "predict", str(place / "pictures"), "--out", str(place / name), "--device", "cpu", "--nifti"]
    command = [sys.executable, *(python or MODULE), *words]
    done = subprocess.run(command, cwd=place, env=environment, capture_output=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    assert len(list((place / name / "dicom").iterdir())) >= 2
    paths = [path for path in (place / name).rglob("*") if path.is_file() and path.parent.name != "dicom"]
    return {str(path.relative_to(place / name)): path.read_bytes() for path in paths}


@pytest.fixture(scope="module")
def usual(place) -> dict[str, bytes]:
    return answers(place, "usual")


def test_k1_nothing_is_looked_for_in_the_network(place, usual):
    assert answers(place, "offline", *BLOCKED) == usual


@pytest.mark.parametrize(
    ("name", "python", "without", "variables"),
    [
        ("nobody's", (), ("HOME", "USER", "LOGNAME", "XDG_CACHE_HOME", "LANG"), {"TZ": "Pacific/Kiritimati"}),
        ("read-only home, plain locale", (), ("LANG",), {"HOME": "/proc", "XDG_CACHE_HOME": "/proc", "LC_ALL": "C"}),
        ("optimised", ("-O", *MODULE), (), {}),
    ],
)
def test_k2_the_surroundings_change_nothing(name, python, without, variables, place, usual):
    assert answers(place, name, *python, without=without, **variables) == usual
