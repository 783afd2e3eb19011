# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The house rules that a machine can check: who may import whom, how long a file is, which calls stand where."""

from __future__ import annotations

import ast
import configparser
import functools
import importlib
import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "monai_skin"
FILES = sorted(PACKAGE.rglob("*.py"))
UNITS = sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py"))

# An import points down this list, never sideways or up. The rows are those of the package's table of layers.
LAYERS = [
    {"errors"},
    {"labels"},  # refuses an unknown word with a typed error, so it stands above `errors`
    {"io"},
    {"networks", "transforms", "losses", "metrics"},
    {"data", "concepts", "dicom", "interpretability"},
    {"handlers", "engines"},
    {"pipeline", "evaluation"},
    {"pacs", "label", "demo"},
    {"cli"},
    {"__main__"},
]
RANK = {name: rank for rank, row in enumerate(LAYERS) for name in row}

BANNED_EVERYWHERE = {"eval", "exec", "compile", "__import__", "breakpoint"}
BANNED_MODULES = {"pickle", "dill", "shelve", "marshal", "torchvision", "timm", "albumentations", "pandas"}
# one door for each danger: the call, and where alone it may stand
DOORS = {
    "torch.load": ("io",),
    "torch.hub.load": (),
    "torch.save": ("io",),
    "Image.open": ("io",),
    "extractall": ("io",),
    "cv2.imread": (),
    "cv2.imwrite": (),
    "imsave": (),
    "dcmread": ("io", "dicom"),
    "print": ("cli",),
}

everything = pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))


@functools.cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def unit(path: Path) -> str:
    """The row's name a file belongs to: its subpackage, or its own name at the top."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[str]:
    """Every module a file imports, wherever in it the import stands."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} line {node.lineno}: write the import in full"
            yield node.module or ""
            if node.module == "monai_skin":
                yield from (f"monai_skin.{alias.name}" for alias in node.names)


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """Every call in a file with its dotted name, such as ``torch.load``."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def writes(call: ast.Call) -> bool:
    """Whether an ``open`` call asks for anything but reading."""
    mode = next((word.value for word in call.keywords if word.arg == "mode"), None)
    if mode is None and len(call.args) > 1:
        mode = call.args[1]
    return mode is not None and (not isinstance(mode, ast.Constant) or bool(set(str(mode.value)) & set("wax+")))


@everything
def test_imports_point_down(path):
    own = unit(path)
    if own == "__init__":
        assert not [name for name in imports(path) if name != "__future__"], "the package itself imports nothing"
        return
    for name in imports(path):
        head, _, rest = name.partition(".")
        target = rest.split(".")[0]
        if head == "monai_skin" and target in RANK and target != own:
            assert RANK[target] < RANK[own], f"{own} must not import {target}"


def test_every_subpackage_has_a_row():
    assert set(UNITS) <= set(RANK)


@everything
def test_a_file_has_at_most_300_lines(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


@everything
def test_a_file_names_its_licence_and_says_what_it_is(path):
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# Copyright (c) monai_skin contributors\n# SPDX-License-Identifier: Apache-2.0\n")
    assert ast.get_docstring(tree(path)), "a module docstring"


@everything
def test_nothing_runs_text_or_keeps_pickles(path):
    assert not {name.split(".")[0] for name in imports(path)} & BANNED_MODULES
    assert not {name for name, _ in calls(path)} & BANNED_EVERYWHERE


@everything
def test_checks_are_errors_with_a_type_not_asserts(path):
    assert not [node.lineno for node in ast.walk(tree(path)) if isinstance(node, ast.Assert)]


@everything
def test_each_danger_has_one_door(path):
    for name, call in calls(path):
        for danger, rooms in DOORS.items():
            if name == danger or name.endswith(f".{danger}"):
                assert unit(path) in rooms, f"line {call.lineno}: {name} belongs in {rooms or 'no file'}"


@everything
def test_only_io_writes_files(path):
    if unit(path) == "io":
        return
    for name, call in calls(path):
        opens = name == "open" or (name.endswith(".open") and name != "os.open")
        assert not (opens and writes(call)), f"line {call.lineno}: writing goes through monai_skin.io"
        assert not name.endswith((".write_text", ".write_bytes")), f"line {call.lineno}: writing goes through io"


@everything
def test_no_warning_is_silenced_without_a_name(path):
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        assert "# type: ignore" not in line or "# type: ignore[" in line, f"line {number}: name the error"
        assert "# noqa" not in line or "# noqa: " in line, f"line {number}: name the rule"


@pytest.mark.parametrize("name", UNITS)
def test_every_public_name_is_listed_and_has_a_docstring(name):
    module = importlib.import_module(f"monai_skin.{name}")
    assert len(module.__all__) == len(set(module.__all__)), "each once"
    for public in module.__all__:
        thing = getattr(module, public)
        if inspect.isclass(thing) or inspect.isroutine(thing):
            own = inspect.getdoc(thing) if inspect.isroutine(thing) else thing.__dict__.get("__doc__")
            assert own, f"{name}.{public} has no docstring"


def mirrored(path: Path) -> list[Path]:
    """The package files a test may stand for: its own name below the same folders, or a whole subpackage."""
    place = path.relative_to(ROOT / "tests").parent
    stem = path.stem.removeprefix("test_")
    beside = PACKAGE / place
    return [beside / f"{stem}.py", beside / stem, beside / "blocks" / f"{stem}.py", *beside.glob(f"*/{stem}.py")]


# tests of what several modules or the whole project promise together
OF_THE_WHOLE = {"architecture", "cli_startup", "docs", "hazards", "every_transform", "notebooks"}


def test_every_test_file_mirrors_a_module():
    lost = []
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        folder = path.relative_to(ROOT / "tests").parts[0]
        stands_apart = folder in {"bundles", "system", "hostile", "fuzz", "benchmarks"}
        whole = path.stem.removeprefix("test_") in OF_THE_WHOLE
        if not stands_apart and not whole and not any(candidate.exists() for candidate in mirrored(path)):
            lost.append(str(path.relative_to(ROOT)))
    assert not lost, "no module of that name"


def mentioned() -> set[str]:
    """Every word of the tests, and of the bundles that tests run."""
    places = [*(ROOT / "tests").rglob("test_*.py"), *(ROOT / "bundles").rglob("*.json")]
    return {word for place in places for word in re.findall(r"\w+", place.read_text(encoding="utf-8"))}


@pytest.mark.parametrize("name", UNITS)
def test_every_public_class_and_function_is_used_by_a_test(name):
    module = importlib.import_module(f"monai_skin.{name}")
    things = {public: getattr(module, public) for public in module.__all__}
    records = {public for public, thing in things.items() if inspect.isclass(thing) and issubclass(thing, tuple)}
    working = {public for public, thing in things.items() if inspect.isclass(thing) or inspect.isroutine(thing)}
    assert not sorted(working - records - mentioned())


def test_no_configuration_says_a_key_twice():
    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        keys = [key for key, _ in pairs]
        assert len(keys) == len(set(keys)), f"doubled: {sorted({key for key in keys if keys.count(key) > 1})}"
        return dict(pairs)

    for path in sorted((ROOT / "bundles").rglob("*.json")):
        json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=once)


def test_every_data_file_of_the_package_is_installed_with_it():
    settings = configparser.RawConfigParser()
    settings.read(ROOT / "setup.cfg")
    packed = {
        path for pattern in settings["options.package_data"]["monai_skin"].split() for path in PACKAGE.glob(pattern)
    }
    beside = {path for path in PACKAGE.rglob("*") if path.is_file() and path.suffix not in {".py", ".pyc"}}
    assert beside <= packed


def test_only_the_package_is_installed_and_its_bounds_are_the_safe_ones():
    settings = configparser.RawConfigParser()
    settings.read(ROOT / "setup.cfg")
    assert settings["options.packages.find"]["include"].split() == ["monai_skin", "monai_skin.*"]
    required = settings["options"]["install_requires"].split()
    assert {"torch>=2.10", "monai>=1.6.1", "pydicom>=3.0.2"} <= set(required)
