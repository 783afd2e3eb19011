# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""``monai_skin concepts extract|show|verify``."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from monai_skin.errors import IntegrityError, ItemsSetAsideError, UsageError

if TYPE_CHECKING:
    from monai_skin.concepts import ConceptCache, ConceptProposer, ExtractionSettings
    from monai_skin.pipeline import ExtractionRun

__all__ = ["configure"]

DISCLAIMER = "Research use only. Not for diagnosis."
REASONS_SHOWN = 5
PROPOSERS = (
    "proxy",
    "grounded-sam",
    "grounded-sam-large",
    "grounded-sam-base",
    "grounded-sam2-large",
    "grounded-sam2-tiny",
)


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``concepts``."""
    parser.epilog = DISCLAIMER
    actions = parser.add_subparsers(dest="action", required=True, metavar="action")
    summaries = {
        "extract": "find the concepts of pictures and keep them; what is there already is not done again",
        "show": "draw the concepts of a picture onto it and list them",
        "verify": "read every file of a cache and say what is damaged or does not belong there",
    }
    for name, summary in summaries.items():
        action = actions.add_parser(name, help=summary, description=summary[0].upper() + summary[1:] + ".")
        action.epilog = DISCLAIMER
        _ARGUMENTS[name](action)
        action.add_argument("--cache", required=True, metavar="DIR", help="folder that concepts are kept in")
        action.set_defaults(run=_ACTIONS[name])


def _extracting(parser: argparse.ArgumentParser) -> None:
    parser.epilog = f"{DISCLAIMER} Exit code 6 means that some pictures could not be used."
    parser.add_argument(
        "inputs", nargs="+", metavar="INPUT", help="picture, folder, pattern, or CSV with a column image"
    )
    parser.add_argument(
        "--proposer",
        choices=PROPOSERS,
        help="proxy needs no weights (default); the others find the paper's concepts with Grounding DINO and SAM",
    )
    parser.add_argument("--settings", metavar="FILE", help="JSON of extraction settings, instead of --proposer")
    parser.add_argument(
        "--weights", metavar="DIR", help="folder with a folder for each model, such as grounding-dino-base"
    )
    parser.add_argument("--masks", metavar="DIR", help="lesion masks, <image_id>.png, for proxy concepts")
    parser.add_argument("--prompts", metavar="A,B,C", help="what to look for, the lesion first; not for proxy concepts")
    parser.add_argument("--device", default="cpu", help="cpu, cuda or cuda:<number> (default: cpu)")
    parser.add_argument("--quiet", action="store_true", help="print no summary and no progress bar")


def _showing(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("image", metavar="IMAGE", help="picture whose concepts were extracted")
    parser.add_argument("--out", required=True, metavar="FILE", help="drawing to write, .png or .jpg")
    parser.add_argument("--top", type=int, metavar="N", help="draw the first N concepts only")
    _choosing(parser)


def _choosing(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--settings", metavar="DIGEST", help="first digits, if the cache holds concepts of several")


def extract(arguments: argparse.Namespace) -> int:
    """Fill a cache, and say how it went."""
    from monai_skin.concepts import ProxyProposer, build_proposer, in_weights
    from monai_skin.data import list_images
    from monai_skin.pipeline import extract_concepts
    from monai_skin.pipeline.run_inference import parse_device

    settings = _settings(arguments)
    items = list_images(arguments.inputs, masks_dir=arguments.masks)
    if arguments.masks and not (settings is None or settings.is_proxy):
        raise UsageError("--masks is given; expected it with proxy concepts only")
    if arguments.masks and not any("mask" in item for item in items):
        raise UsageError(f"--masks: {Path(arguments.masks).name} holds no mask; expected <image_id>.png of a picture")
    device = parse_device(arguments.device)
    if settings is None:
        proposer: ConceptProposer = ProxyProposer(device=device)
    else:
        placed = in_weights(settings, arguments.weights) if arguments.weights and not settings.is_proxy else settings
        proposer = build_proposer(placed, device=device)
    started = time.perf_counter()
    done = extract_concepts(items, arguments.cache, proposer=proposer, progress=not arguments.quiet)
    if not arguments.quiet:
        _summarise(done, time.perf_counter() - started)
    for row in done.rejected[:REASONS_SHOWN]:
        print(f"rejected: {row['reason']}", file=sys.stderr)
    if len(done.rejected) > REASONS_SHOWN:
        names = ", ".join(row["file"] for row in done.rejected[REASONS_SHOWN:])
        print(f"rejected: {len(done.rejected) - REASONS_SHOWN} more: {names}", file=sys.stderr)
    return ItemsSetAsideError.exit_code if done.rejected else 0


def _settings(arguments: argparse.Namespace) -> ExtractionSettings | None:
    """None for proxy concepts with whatever encoder is installed."""
    from dataclasses import replace

    from monai_skin.concepts import PRESETS, read_settings

    if arguments.settings and arguments.proposer:
        raise UsageError("--proposer and --settings are both given; expected one of them")
    if arguments.settings:
        settings = read_settings(arguments.settings)
    elif arguments.proposer in (None, "proxy"):
        if arguments.prompts:
            raise UsageError("--prompts is given; expected it with a proposer that reads text, such as grounded-sam")
        return None
    else:
        settings = PRESETS[arguments.proposer]
    if arguments.prompts:
        settings = replace(settings, prompts=tuple(arguments.prompts.split(",")))
    return settings


def _summarise(done: ExtractionRun, seconds: float) -> None:
    what = _label(done.cache)
    kept = f", {done.kept} had them already" if done.kept else ""
    print(f"{done.extracted} pictures, {done.concepts} {what}, {seconds:.0f} s{kept}, {len(done.rejected)} rejected")
    if done.outlined:
        print(f"{done.outlined} with a lesion mask that was given")
    settings = done.cache.settings
    for part, model in (("detector", settings.detector), ("segmenter", settings.segmenter)):
        print(f"{part}: {model.name}" + (f", weights {model.sha256[:16]}" if model.sha256 else ""))
    print(f"Settings {done.cache.folder.name}; they and a file a picture are in {done.cache.folder}.")
    print(DISCLAIMER)


def _label(cache: ConceptCache) -> str:
    return "proxy concepts" if cache.settings.is_proxy else "concepts"


def show(arguments: argparse.Namespace) -> int:
    """Draw the concepts of one picture, and print them as a table."""
    if arguments.top is not None and arguments.top < 1:
        raise UsageError(f"--top is {arguments.top}; expected 1 or more")
    from monai_skin.concepts import draw_concepts, open_cache
    from monai_skin.io import read_image, write_image

    cache = open_cache(arguments.cache, arguments.settings)
    concepts = cache.read(arguments.image)
    order = range(min(len(concepts), arguments.top or len(concepts)))
    write_image(arguments.out, draw_concepts(read_image(arguments.image).pixels, concepts, order))
    pixels = concepts.size[0] * concepts.size[1]
    print(f"{Path(arguments.image).name}: {len(concepts)} {_label(cache)}, settings {cache.folder.name}")
    print("number  phrase        score  share   left    top  right bottom")
    for index in order:
        share = concepts.mask(index).sum() / pixels
        box = " ".join(f"{side:6.0f}" for side in concepts.boxes[index])
        print(f"{index + 1:6d}  {concepts.phrase(index):12s}  {concepts.scores[index]:.3f} {share:6.1%} {box}")
    print(DISCLAIMER)
    return 0


def verify(arguments: argparse.Namespace) -> int:
    """Read everything in a cache; exit code 9 if something is wrong with it."""
    from monai_skin.concepts import open_cache

    cache = open_cache(arguments.cache, arguments.settings)
    problems = cache.verify()
    for problem in problems:
        print(problem)
    count = sum(1 for _ in cache)
    print(f"{count} files of {_label(cache)}, {len(problems)} with problems, settings {cache.folder.name}")
    return IntegrityError.exit_code if problems else 0


_ARGUMENTS = {"extract": _extracting, "show": _showing, "verify": _choosing}
_ACTIONS = {"extract": extract, "show": show, "verify": verify}
