# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The example of a MONAI Deploy application gives the answers of the command line.

The SDK brings a gigabyte of libraries for GPUs, so it lives in an environment of its own, whose interpreter
MONAI_SKIN_DEPLOY_PYTHON names; examples/monai_deploy/README.md says how to make it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from monai_skin.io import read_table

ROOT = Path(__file__).resolve().parents[2]
PYTHON = os.environ.get("MONAI_SKIN_DEPLOY_PYTHON")


@pytest.mark.slow
@pytest.mark.skipif(PYTHON is None, reason="needs an environment with the SDK: set MONAI_SKIN_DEPLOY_PYTHON")
def test_the_application_answers_like_the_command_line(data_root, tmp_path):
    (tmp_path / "in").mkdir()
    for name in ("ISIC_0000226_dermoscopic_jpeg2000lossless", "ISIC_0000172_vlphoto_multiframe3_rgb"):
        shutil.copy(data_root / "dicom" / "constructed_dermoscopy" / f"{name}.dcm", tmp_path / "in")
    places = {"app": tmp_path / "app", "line": tmp_path / "line"}
    app = ROOT / "examples" / "monai_deploy" / "app.py"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    given = ["-i", str(tmp_path / "in"), "-o", str(places["app"])]
    done = subprocess.run([PYTHON, str(app), *given], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    line = [sys.executable, "-m", "monai_skin", "dicom", "predict", str(tmp_path / "in"), "--out", str(places["line"])]
    assert subprocess.run(line, cwd=ROOT, capture_output=True).returncode == 6, "one of several frames is rejected"
    for table in ("predictions.csv", "rejected.csv"):
        assert read_table(places["app"] / table) == read_table(places["line"] / table)
    names = [sorted(path.name for path in (place / "dicom").iterdir()) for place in places.values()]
    assert names[0] == names[1] and len(names[0]) >= 3
