# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The command that serves the page."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.request

import pytest

from monai_skin.cli.main import main
from tests.small_bundle import BUNDLES, make_bundle, make_diagnosis_bundle


@pytest.mark.slow
def test_it_serves_until_it_is_interrupted(tmp_path):
    roots = [
        "--bundle",
        str(make_bundle(tmp_path / "a")),
        "--diagnosis-bundle",
        str(make_diagnosis_bundle(tmp_path / "b")),
    ]
    command = [sys.executable, "-m", "monai_skin", "demo", "--port", "0", *roots]
    environment = {**os.environ, "PYTHONPATH": str(BUNDLES.parent)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        address = process.stdout.readline().split()[1]
        assert address.startswith("http://127.0.0.1:")
        assert "Research use only" in process.stdout.readline()
        with urllib.request.urlopen(address, timeout=30) as answer:
            assert b"Classify one picture" in answer.read()
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0


def test_a_port_that_is_taken_or_none_at_all_is_named(capsys):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert main(["demo", "--port", str(port)]) == 2
    assert f"--port {port} is taken" in capsys.readouterr().err
    assert main(["demo", "--port", "70000"]) == 2
    assert "--port is 70000; expected 0 to 65535" in capsys.readouterr().err


def test_a_bundle_that_cannot_run_is_refused_before_the_page_is_there(tmp_path, capsys):
    (make_bundle(tmp_path / "a") / "configs" / "inference.json").write_text("{")
    assert main(["demo", "--port", "0", "--bundle", str(tmp_path / "a")]) == 3
    assert "inference.json" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--port", "--method"])
def test_help_names_the_options(option, capsys):
    with pytest.raises(SystemExit):
        main(["demo", "--help"])
    assert option in capsys.readouterr().out
