# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Every ending of a command has its exit code."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from monai_skin import __version__
from monai_skin.cli import main
from monai_skin.cli.main import COMMANDS
from monai_skin.errors import InvalidInputError, StorageError

SLOW = """
import sys, time
from monai_skin.cli import bundle
from monai_skin.cli.main import main

def wait(arguments):
    print("started", flush=True)
    time.sleep(60)

bundle.run_check = wait
sys.exit(main(["bundle", "check", "x"]))
"""


@pytest.fixture
def ending(monkeypatch):
    """Let `bundle check` end in a given way."""

    def install(end):
        def run(arguments: argparse.Namespace) -> int:
            if isinstance(end, BaseException):
                raise end
            return end

        monkeypatch.setattr("monai_skin.cli.bundle.run_check", run)

    return install


def test_the_version_is_told(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--version"])
    assert stop.value.code == 0
    assert capsys.readouterr().out == f"monai_skin {__version__}\n"


def test_help_names_every_command_and_exit_code(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--help"])
    text = " ".join(capsys.readouterr().out.split())
    assert stop.value.code == 0
    assert all(f"{name} {summary}" in text for name, summary in COMMANDS.items())
    assert "6 some items set aside" in text
    assert "Research use only" in text


@pytest.mark.parametrize("words", [[], ["nonsense"], ["predict"], ["predict", "a"], ["bundle"], ["bundle", "check"]])
def test_wrong_usage_ends_with_2(words, capsys):
    with pytest.raises(SystemExit) as stop:
        main(words)
    assert stop.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_a_command_ends_with_its_own_code(ending):
    ending(6)
    assert main(["bundle", "check", "x"]) == 6


@pytest.mark.parametrize("error", [InvalidInputError("a: b; expected c"), StorageError("a: b; expected c")])
def test_a_known_error_is_one_line_and_its_code(ending, capsys, error):
    ending(error)
    assert main(["bundle", "check", "x"]) == error.exit_code
    assert capsys.readouterr().err == "monai_skin bundle: a: b; expected c\n"


def test_a_known_error_is_found_behind_others(ending, capsys):
    wrapped = RuntimeError("wrapped")
    wrapped.__cause__ = InvalidInputError("a: b; expected c")
    ending(wrapped)
    assert main(["bundle", "check", "x"]) == 3
    assert "wrapped" not in capsys.readouterr().err


def test_an_unexpected_error_is_one_line_and_its_traceback_a_private_file(ending, capsys, monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.delenv("MONAI_SKIN_DEBUG", raising=False)
    ending(ZeroDivisionError("secret detail"))
    assert main(["bundle", "check", "x"]) == 1
    said = capsys.readouterr().err
    (log,) = tmp_path.iterdir()
    assert said == f"monai_skin bundle: unexpected ZeroDivisionError; this is a bug, please report it with {log}\n"
    assert "secret detail" in log.read_text()
    assert log.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("way", ["option", "environment"])
def test_the_traceback_is_shown_when_asked(ending, capsys, monkeypatch, tmp_path, way):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("MONAI_SKIN_DEBUG", "1" if way == "environment" else "")
    ending(ZeroDivisionError("secret detail"))
    words = ["--traceback"] if way == "option" else []
    assert main([*words, "bundle", "check", "x"]) == 1
    assert "ZeroDivisionError: secret detail" in capsys.readouterr().err


def test_j1_j6_the_traceback_of_a_foreseen_error_repeats_nothing_that_a_decoder_quotes(ending, capsys):
    quoting = ValueError("Invalid value for VR DA: '1980-01-01 DOE'")
    foreseen = InvalidInputError("a.dcm: header is damaged; expected a whole object")
    foreseen.__cause__ = quoting
    ending(foreseen)
    assert main(["--traceback", "bundle", "check", "x"]) == 3
    said = capsys.readouterr().err
    assert "DOE" not in said and "ValueError: (its words may quote the file)" in said
    assert "in run\n" in said and "InvalidInputError: a.dcm: header is damaged; expected a whole object" in said


def test_ctrl_c_ends_with_130(ending, capsys):
    ending(KeyboardInterrupt())
    assert main(["bundle", "check", "x"]) == 130
    assert capsys.readouterr().err == "monai_skin bundle: stopped\n"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_a_running_command_at_once(number, code):
    process = subprocess.Popen([sys.executable, "-c", SLOW], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"
    start = time.monotonic()
    process.send_signal(number)
    _, said = process.communicate(timeout=20)
    assert process.returncode == code
    assert "Traceback" not in said
    assert time.monotonic() - start < 10


def test_help_is_there_within_a_second():
    times = []
    for _ in range(3):
        start = time.monotonic()
        subprocess.run([sys.executable, "-m", "monai_skin", "--help"], check=True, capture_output=True)
        times.append(time.monotonic() - start)
    assert min(times) < 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs a pipe that closes")
def test_a_reader_that_goes_away_is_no_bug(tmp_path):
    code = "import sys; from monai_skin.cli import bundle; from monai_skin.cli.main import main\n"
    code += "bundle.run_check = lambda _: [print('x' * 99999, flush=True) for _ in range(99)] and 0\n"
    code += "sys.exit(main(['bundle', 'check', 'x']))"
    command = f'{sys.executable} -c "$CODE" | head -c 10; echo ${{PIPESTATUS[0]}}'
    done = subprocess.run(
        ["bash", "-c", command],
        env={**os.environ, "CODE": code, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "xxxxxxxxxx141\n"
    assert done.stderr == ""
    assert not list(Path(tmp_path).iterdir())
