# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""``monai_skin label serve|path|weights``, and ``worker`` and ``train``, which the app starts by itself."""

from __future__ import annotations

import argparse
import json
import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from monai_skin.errors import UsageError

if TYPE_CHECKING:
    from monai_skin.label import WorkerSettings

__all__ = ["configure"]

DISCLAIMER = "Research use only. Not for diagnosis."
SEGMENTATION = "lesion_segmentation"
FORWARDED = ("bundle", "diagnosis_bundle", "sam", "concepts", "concept_weights", "device")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the actions of ``label``."""
    parser.epilog = DISCLAIMER
    actions = parser.add_subparsers(dest="action", required=True, metavar="action")
    summaries = {
        "serve": "start MONAI Label with this package's app and a page to annotate on",
        "path": "print the folder of the app, for those who start MONAI Label themselves",
        "weights": "list the versions that annotation made of the weights, or choose the one that answers",
        "worker": "answer the app's questions, lines of JSON; the app starts it",
        "train": "train on a plan of JSON from the standard input; the app starts it",
    }
    for name, summary in summaries.items():
        action = actions.add_parser(name, help=summary, description=summary[0].upper() + summary[1:] + ".")
        action.epilog = DISCLAIMER
        action.set_defaults(run=_ACTIONS[name])
        if name in _ARGUMENTS:
            _ARGUMENTS[name](action)


def _serving(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--studies", required=True, metavar="DIR|URL", help="folder of pictures, or a DICOMweb server")
    parser.add_argument("--work", metavar="DIR", help="folder for logs and weight versions (default: label_work)")
    parser.add_argument("--host", default="127.0.0.1", help="to listen on; others need authentication")
    parser.add_argument("--port", type=int, default=8000, help="to listen on (default: 8000)")
    parser.add_argument("--label-python", metavar="FILE", help="interpreter of MONAI Label's environment")
    _modelling(parser)


def _working(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--models", required=True, metavar="DIR", help="folder of the weight versions")
    _modelling(parser)


def _modelling(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--bundle", metavar="DIR", help="root of the bundle that outlines; by default this package's")
    parser.add_argument("--diagnosis-bundle", metavar="DIR", help="root of the bundle that classifies, likewise")
    parser.add_argument("--sam", metavar="DIR", help="folder of a SAM or SAM 2 model, to refine outlines with")
    parser.add_argument("--concepts", metavar="NAME", help='proposer as of "concepts extract" (default: proxy)')
    parser.add_argument("--concept-weights", metavar="DIR", help="folder with a folder for each of its models")
    parser.add_argument("--device", help="cpu, cuda or cuda:<number>; by default a GPU if there is one")


def _choosing(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("models", metavar="DIR", help="folder of the weight versions, models in the server's --work")
    parser.add_argument("--activate", type=int, metavar="N", help="let version N answer; 0 is the bundle's own")


def serve(arguments: argparse.Namespace) -> int:
    """Start the server, say where the page is, and wait."""
    from monai_skin.label.server import LabelServer, find_label_python

    conf = {name: str(getattr(arguments, name)) for name in FORWARDED if getattr(arguments, name)}
    server = LabelServer(
        studies=arguments.studies,
        work=Path(arguments.work or "label_work"),
        python=find_label_python(arguments.label_python),
        host=arguments.host,
        port=arguments.port,
        conf=conf,
    )
    print(f"{DISCLAIMER} The page will be at http://{arguments.host}:{arguments.port}/annotate", flush=True)
    return server.run()


def path(_: argparse.Namespace) -> int:
    """Print the app's folder."""
    from monai_skin.label.server import APP

    print(APP)
    return 0


def weights(arguments: argparse.Namespace) -> int:
    """List versions, or choose one."""
    from monai_skin.label.versions import WeightVersions

    versions = WeightVersions(Path(arguments.models))
    if arguments.activate is not None:
        versions.activate(arguments.activate)
    record = versions.record
    rows = [{"version": 0, "file": "the bundle's own"}, *record["versions"]]
    for row in rows:
        mark = "*" if row["version"] == record["active"] else " "
        learnt = f", {row['images']} pictures, {row['epochs']} epochs, {row['time']}" if "images" in row else ""
        print(f"{mark} {row['version']}  {row['file']}{learnt}")
    return 0


def worker(arguments: argparse.Namespace) -> int:
    """Answer until the standard input ends."""
    from monai_skin.label import Answers, serve_lines

    out = sys.stdout
    serve_lines(sys.stdin, lambda line: print(line, file=out, flush=True), Answers(_settings(arguments)))
    return 0


def train(arguments: argparse.Namespace) -> int:
    """Train, print progress, and last what came out, as JSON."""
    from monai_skin.label import TrainingPlan, train_version
    from monai_skin.pipeline import find_bundle

    try:
        plan = json.load(sys.stdin)
        items, epochs, overrides = plan["items"], int(plan.get("epochs", 5)), dict(plan.get("overrides", {}))
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError.about("training", "plan", "is not usable", expected="JSON with items") from error
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    for noisy in ("ignite", "matplotlib", "monai"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    settings = _settings(arguments)
    root = find_bundle(SEGMENTATION, settings.bundle)
    done = train_version(TrainingPlan(root, settings.models, items, epochs, settings.device, overrides))
    print(json.dumps(done), flush=True)
    return 0


def _settings(arguments: argparse.Namespace) -> WorkerSettings:
    from monai_skin.label import WorkerSettings

    def folder(name: str) -> Path | None:
        value = getattr(arguments, name)
        return None if value is None else Path(value)

    return WorkerSettings(
        models=Path(arguments.models),
        bundle=folder("bundle"),
        diagnosis_bundle=folder("diagnosis_bundle"),
        sam=folder("sam"),
        concepts=arguments.concepts or "proxy",
        concept_weights=folder("concept_weights"),
        device=arguments.device,
    )


_ACTIONS = {"serve": serve, "path": path, "weights": weights, "worker": worker, "train": train}
_ARGUMENTS = {"serve": _serving, "weights": _choosing, "worker": _working, "train": _working}
