# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The pages tell the truth: their runnable blocks run, their links lead somewhere, their commands exist.

A block that runs is fenced as "python run" or "bash run". Blocks of one page run in order in one empty folder, so that
a later block finds what an earlier one wrote. Blocks without the mark need data or hours.
"""

from __future__ import annotations

import importlib
import inspect
import json
import re
import shlex
import textwrap
from pathlib import Path

import pytest

from monai_skin.cli.main import COMMANDS, main

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^( *)```(python|bash) run\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)(?:#[^)]*)?\)")
INLINE_COMMAND = re.compile(r"python -m monai_skin ((?:[a-z]+ ?)+)")
ACTIONS = {*COMMANDS, "prepare", "verify", "split", "report", "phantoms", "masks", "check", "card"}
ACTIONS |= {"wrap", "deidentify", "dump", "path", "weights"}
ACTIONS |= {"serve", "status", "retry", "discard", "send", "example", "part"}

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def runnable(page: Path) -> list[tuple[str, str]]:
    """Language and code of each block of a page that runs."""
    found = FENCE.findall(page.read_text(encoding="utf-8"))
    return [(language, textwrap.dedent(code)) for _, language, code in found]


def run_commands(code: str) -> None:
    """Run the lines of a shell block, which are commands of this package, in this process: starting another is dear."""
    for line in code.splitlines():
        python, dash, package, *words = shlex.split(line)
        assert (python, dash, package) == ("python", "-m", "monai_skin"), f"only our own commands run here: {line}"
        try:
            ending = main(words)
        except SystemExit as stop:
            ending = stop.code
        assert not ending, line


@pytest.mark.parametrize("page", [page for page in PAGES if runnable(page)], ids=lambda page: page.name)
def test_the_blocks_marked_to_run_do_run(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for number, (language, code) in enumerate(runnable(page), 1):
        if language == "bash":
            run_commands(code)
        else:
            exec(compile(code, f"{page.name} block {number}", "exec"), {"__name__": "__main__"})


@every_page
def test_links_lead_to_files(page):
    dead = [link for link in LINK.findall(page.read_text(encoding="utf-8")) if not (page.parent / link).exists()]
    assert not dead


@every_page
def test_pages_are_short_enough_to_read(page):
    assert len(page.read_text(encoding="utf-8").splitlines()) <= (60 if page.name == "CONTRIBUTING.md" else 200)


@every_page
def test_no_page_shows_a_path_of_one_machine(page):
    assert not re.search(r"(?<![\w.])/(home|root|work|tmp|Users)/", page.read_text(encoding="utf-8"))


def test_the_commands_that_pages_name_exist():
    named = {words.strip() for page in PAGES for words in INLINE_COMMAND.findall(page.read_text(encoding="utf-8"))}
    for words in sorted(named):
        known = [word for word in words.split() if word in ACTIONS]
        with pytest.raises(SystemExit) as stop:
            main([*known, "--help"])
        assert stop.value.code == 0, words


def test_the_readme_leads_to_exactly_two_commands():
    blocks = re.findall(
        r"^```bash\n(.*?)^```$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    lines = [line.split("#")[0].strip() for block in blocks for line in block.splitlines() if line.strip()]
    assert lines == ["make demo", "make test"]


@pytest.mark.parametrize("subpackage", ["transforms", "metrics"])
def test_every_public_class_and_score_has_an_entry_in_its_reference(subpackage):
    module = importlib.import_module(f"monai_skin.{subpackage}")
    page = (ROOT / "docs" / "reference" / f"{subpackage}.md").read_text(encoding="utf-8")
    classes = [name for name in module.__all__ if inspect.isclass(getattr(module, name)) and name != "Interval"]
    assert not [name for name in [*classes, *getattr(module, "OVERLAP_SCORES", ())] if f"`{name}`" not in page]


@pytest.mark.parametrize("bundle", sorted((ROOT / "bundles").iterdir()), ids=lambda bundle: bundle.name)
def test_the_page_of_a_bundle_names_every_number_that_can_be_overridden(bundle):
    page = (ROOT / "docs" / "reference" / f"bundle-{bundle.name.replace('_', '-')}.md").read_text(encoding="utf-8")
    for name in ("train.json", "inference.json"):
        entries = json.loads((bundle / "configs" / name).read_text(encoding="utf-8"))
        structure = {"initialize", "run", "network", "preprocessing", "postprocessing", "train", "validate"}
        numbers = {key for key, value in entries.items() if not isinstance(value, dict)} - structure
        assert not sorted(key for key in numbers - {"handlers", "transforms"} if f"`{key}`" not in page), name
