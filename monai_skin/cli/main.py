# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""``python -m monai_skin <command>``: parse, run, and turn every ending into an exit code.

A command module has ``configure(parser)``, which names the arguments and sets ``run``, a function from the parsed
arguments to an exit code. It imports torch and MONAI inside ``run``: they cost seconds, and ``--help`` must not.
"""

from __future__ import annotations

import argparse
import importlib
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn

from monai_skin import __version__
from monai_skin.errors import SkinError, skin_error_in

__all__ = ["COMMANDS", "build_parser", "main"]

COMMANDS = {
    "data": "prepare, verify and split data sets, or make phantoms",
    "predict": "outline the lesions on pictures and classify them",
    "explain": "draw where a classifier found its evidence",
    "concepts": "find visual concepts on pictures, keep them, draw them",
    "evaluate": "judge a model in full: scores with intervals, curves, calibration, one report",
    "compare": "score models on the same images, with intervals and tests",
    "ensemble": "make one table of predictions of several",
    "calibrate": "fit what makes probabilities mean what they say, and sets that hold the truth as often as asked",
    "familiarity": "learn what the training pictures look like, and tell pictures unlike them",
    "dicom": "read DICOM objects, and write results as DICOM; wrap photographs, take names out",
    "label": "annotate with MONAI Label: outlines proposed, corrected, approved and learnt from",
    "pacs": "be a DICOM node: receive objects, answer them, send results back",
    "demo": "classify one picture at a time on a page in the browser",
    "bundle": "check a bundle before anything of it runs, or write its model card",
}
DEBUG_VARIABLE = "MONAI_SKIN_DEBUG"
UNEXPECTED, INTERRUPTED, TERMINATED, BROKEN_PIPE = 1, 130, 143, 141
EPILOG = "Exit codes: 0 done, 1 unexpected, 2 usage, 3 invalid input, 4 unsafe artefact, 5 training diverged, \
6 some items set aside, 7 storage, 8 network peer, 9 integrity, 130 and 143 stopped. Research use only."


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands, built without importing what the commands need."""
    parser = argparse.ArgumentParser(prog="monai_skin", description="Skin lesion images with MONAI.", epilog=EPILOG)
    parser.add_argument("--version", action="version", version=f"monai_skin {__version__}")
    parser.add_argument("--traceback", action="store_true", help="show the traceback of an unexpected error")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    for name, summary in COMMANDS.items():
        command = commands.add_parser(name, help=summary, description=summary[0].upper() + summary[1:] + ".")
        importlib.import_module(f"monai_skin.cli.{name}").configure(command)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; wrong usage exits with 2 as ``argparse`` does."""
    arguments = build_parser().parse_args(argv)
    previous = signal.signal(signal.SIGTERM, _stop)
    try:
        return int(arguments.run(arguments))
    except KeyboardInterrupt:
        _say(arguments.command, "stopped")
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output has gone; a second error while flushing would say so again
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except Exception as error:
        return _report(error, arguments)
    finally:
        signal.signal(signal.SIGTERM, previous)


def _report(error: Exception, arguments: argparse.Namespace) -> int:
    known = skin_error_in(error)
    if arguments.traceback or os.environ.get(DEBUG_VARIABLE):
        lines = traceback.format_exception(error) if known is None else _quiet_lines(error)
        print("".join(lines), file=sys.stderr, end="")
    if known is not None:
        _say(arguments.command, str(known))
        return known.exit_code
    _say(arguments.command, f"unexpected {type(error).__name__}; {_keep_traceback(error)}")
    return UNEXPECTED


def _quiet_lines(error: BaseException) -> list[str]:
    """The traceback of a foreseen error without what others say in it: decoders quote names and dates of a header."""
    chain: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in chain:
        chain.append(current)
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    lines: list[str] = []
    for link in reversed(chain):
        said = str(link) if isinstance(link, SkinError) else "(its words may quote the file)"
        lines += [*traceback.format_tb(link.__traceback__), f"{type(link).__name__}: {said}\n"]
    return lines


def _keep_traceback(error: Exception) -> str:
    """Write the traceback where only this user reads it: it may hold paths that belong on no screen."""
    handle, path = tempfile.mkstemp(prefix="monai_skin-", suffix=".log")
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.writelines(traceback.format_exception(error))
    return f"this is a bug, please report it with {path}"


def _say(command: str, message: str) -> None:
    print(f"monai_skin {command}: {message}", file=sys.stderr)


def _stop(signal_number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(TERMINATED)
