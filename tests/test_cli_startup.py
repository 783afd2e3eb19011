# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Asking for help stays fast: nothing heavy is imported before a command runs."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {
    *("torch", "monai", "ignite", "numpy", "scipy", "skimage", "cv2", "PIL", "itk", "pydicom", "tensorboard"),
    *("sklearn", "transformers"),
}

PROBE = """
import sys
from monai_skin.cli.main import main
try:
    main(sys.argv[1:])
except SystemExit as stop:
    assert not stop.code, stop.code
print("LOADED", *sorted({name.partition(".")[0] for name in sys.modules}))
"""


@pytest.mark.parametrize(
    "words",
    [
        ["--help"],
        ["data", "--help"],
        ["data", "phantoms", "--help"],
        ["data", "report", "--help"],
        ["predict", "--help"],
        ["explain", "--help"],
        ["compare", "--help"],
        ["ensemble", "--help"],
        ["calibrate", "--help"],
        ["label", "--help"],
        ["label", "serve", "--help"],
        ["bundle", "--help"],
    ],
    ids=" ".join,
)
def test_help_imports_nothing_heavy(words):
    done = subprocess.run([sys.executable, "-c", PROBE, *words], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.rpartition("LOADED")[2].split())
    assert "usage" in done.stdout
    assert not loaded & HEAVY


def test_the_module_form_answers_too():
    done = subprocess.run([sys.executable, "-m", "monai_skin", "--help"], capture_output=True, text=True, check=True)
    assert "predict" in done.stdout
