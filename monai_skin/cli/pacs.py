# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""``monai_skin pacs serve|status|retry|discard|send|example``."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from monai_skin.cli.predict import DISCLAIMER
from monai_skin.errors import UsageError

if TYPE_CHECKING:
    from monai_skin.pacs import Spool

__all__ = ["configure"]

PARTS = ("receiver", "worker", "sender")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the actions of ``pacs``."""
    parser.epilog = DISCLAIMER
    actions = parser.add_subparsers(dest="action", required=True, metavar="action")
    serve = actions.add_parser("serve", help="receive objects, answer them and send the results back, until stopped")
    _add_settings(serve, run_serve)
    status = actions.add_parser("status", help="count what was received, waits, is done and was set aside")
    _add_settings(status, run_status)
    status.add_argument("--json", action="store_true", help="print JSON")
    retry = actions.add_parser("retry", help="try what was set aside once more")
    _add_settings(retry, run_retry)
    retry.add_argument("ids", nargs="*", metavar="ID", help="as status shows them; all of them by default")
    discard = actions.add_parser("discard", help="delete what was set aside, for good")
    _add_settings(discard, run_discard)
    discard.add_argument("ids", nargs="+", metavar="ID", help="as status shows them")
    send = actions.add_parser("send", help="send DICOM files to a destination of the settings")
    _add_settings(send, run_send)
    send.add_argument("destination", metavar="NAME", help="of a destination")
    send.add_argument("files", nargs="+", metavar="FILE", help="DICOM file")
    example = actions.add_parser("example", help="print settings to start from")
    example.set_defaults(run=run_example)
    part = actions.add_parser("part", help="run one process of serve, to look into a fault")
    part.add_argument("name", choices=PARTS, help="which")
    _add_settings(part, run_part)


def _add_settings(parser: argparse.ArgumentParser, run: object) -> None:
    parser.add_argument("settings", metavar="SETTINGS", help="TOML file; start from the one that example prints")
    parser.set_defaults(run=run)


def run_serve(arguments: argparse.Namespace) -> int:
    """Run a node until a signal ends it."""
    from monai_skin.pacs.node import serve

    serve(arguments.settings)
    return 0


def run_part(arguments: argparse.Namespace) -> int:
    """Run one process of a node."""
    from monai_skin.pacs.node import run_part as run

    run(arguments.name, arguments.settings)
    return 0


def run_status(arguments: argparse.Namespace) -> int:
    """Print the counts, and each item in quarantine with the reason."""
    from monai_skin.pacs.health import health_of
    from monai_skin.pacs.rows import QUARANTINED

    spool = _spool(arguments.settings)
    found = health_of(spool)
    aside = [
        {"id": item.id, "stage": item.failure.stage, "error": item.failure.error, "field": item.failure.field}
        for item in spool.queue.items(QUARANTINED)
    ]
    if arguments.json:
        counts = {key: found[key] for key in ("received", "waiting", "done", "quarantined", "states", "outcomes")}
        print(json.dumps({**counts, "quarantine": aside}, indent=2))
        return 0
    print(
        f"{found['received']} received = {found['done']} done + {found['waiting']} waiting"
        f" + {found['quarantined']} quarantined"
    )
    for state, count in found["states"].items():
        print(f"  {state}: {count}")
    for outcome, count in found["outcomes"].items():
        print(f"  done as {outcome}: {count}")
    for one in aside:
        print(f"  in quarantine: {one['id']} at {one['stage']}: {one['error']} {one['field']}".rstrip())
    return 0


def run_retry(arguments: argparse.Namespace) -> int:
    """Try what was set aside once more."""
    chosen = _spool(arguments.settings).retry(arguments.ids or None)
    print(f"{len(chosen)} tried again")
    return 0


def run_discard(arguments: argparse.Namespace) -> int:
    """Delete what was set aside."""
    chosen = _spool(arguments.settings).discard(arguments.ids)
    print(f"{len(chosen)} deleted")
    return 0


def run_send(arguments: argparse.Namespace) -> int:
    """Send files to a destination."""
    from monai_skin.pacs import read_settings
    from monai_skin.pacs.deliver import deliver
    from monai_skin.pacs.node import check_installed

    check_installed()
    settings = read_settings(arguments.settings)
    try:
        destination = settings.destination(arguments.destination)
    except KeyError:
        names = ", ".join(one.name for one in settings.destinations) or "one, of which there is none"
        problem = "is not in the settings"
        raise UsageError.about("send", f"destination {arguments.destination}", problem, expected=names) from None
    files = [Path(name) for name in arguments.files]
    deliver(files, destination, title=settings.receiver.ae_title, timeout=settings.sender.timeout)
    print(f"{len(files)} sent")
    return 0


def run_example(arguments: argparse.Namespace) -> int:
    """Print settings to start from."""
    from importlib.resources import files

    print((files("monai_skin.pacs") / "example.toml").read_text(encoding="utf-8"), end="")
    return 0


def _spool(settings: str) -> Spool:
    from monai_skin.pacs import Spool, read_settings

    found = read_settings(settings).spool
    if not (Path(found.folder) / "queue.sqlite").exists():
        name = Path(found.folder).name
        raise UsageError.about(name, "spool", "holds no queue", expected="that of a node that was started once")
    return Spool(found.folder, limit=found.max_waiting)
