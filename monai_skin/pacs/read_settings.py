# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Reading the settings file: every key is known, of the right kind and within its limits, or the file is refused."""

from __future__ import annotations

import dataclasses
import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import UnionType
from typing import Any, NoReturn, TypeVar, get_type_hints
from urllib.parse import urlsplit

from monai_skin.errors import InvalidInputError
from monai_skin.io.files import read_bytes
from monai_skin.pacs.settings import LOOPBACK, NodeSettings, SpoolSettings

__all__ = ["read_settings"]

_Section = TypeVar("_Section")
_TITLE = re.compile(r"[A-Z0-9_.\- a-z]{1,16}")
_KINDS = {str: "text", int: "a whole number", float: "a number", bool: "true or false", tuple: "a list of texts"}
_FILES = ("certificate", "key", "ca", "folder", "segmentation_bundle", "diagnosis_bundle", "calibration")
MOST_BYTES = 1_000_000


def read_settings(file: str | os.PathLike[str]) -> NodeSettings:
    """Read and check a settings file; paths in it are relative to its folder.

    Raises:
        InvalidInputError: the file is not TOML, or names the first key that is wrong.
    """
    path = Path(file)
    try:
        content = tomllib.loads(read_bytes(path, max_bytes=MOST_BYTES).decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInputError.about(path.name, "file", f"is not TOML ({error})", expected="TOML 1.0") from None
    reading = _Reading(path)
    sections: dict[str, Any] = {}
    hints = get_type_hints(NodeSettings)
    for key, value in content.items():
        if key not in hints:
            reading.refuse(key, "is unknown", f"one of {', '.join(hints)}{_near(key, hints)}")
        kind = hints[key]
        if isinstance(kind, type) and dataclasses.is_dataclass(kind):
            sections[key] = reading.section(kind, value, key)
        else:
            sections[key] = reading.sections(kind.__args__[0], value, key)
    sections.setdefault("spool", reading.section(SpoolSettings, {}, "spool"))
    found = NodeSettings(**sections)
    _check_together(found, reading)
    return found


class _Reading:
    """Where the settings came from, for errors and for paths."""

    def __init__(self, path: Path) -> None:
        self.name, self.folder = path.name, path.absolute().parent

    def refuse(self, key: str, problem: str, expected: str) -> NoReturn:
        raise InvalidInputError.about(self.name, key, problem, expected=expected)

    def sections(self, kind: type[_Section], value: Any, place: str) -> tuple[_Section, ...]:
        if not isinstance(value, list):
            self.refuse(place, "is not a list of tables", f"[[{place}]] before each")
        return tuple(self.section(kind, one, f"{place}[{number}]") for number, one in enumerate(value, 1))

    def section(self, kind: type[_Section], value: Any, place: str) -> _Section:
        if not isinstance(value, Mapping):
            self.refuse(place, "is not a table", f"[{place}] with keys below it")
        hints = get_type_hints(kind)
        known = {one.name: one for one in dataclasses.fields(kind)}  # type: ignore[arg-type]
        values: dict[str, Any] = {key: self._place(one.default) for key, one in known.items() if key in _FILES}
        for key, given in value.items():
            if key not in known:
                self.refuse(f"{place}.{key}", "is unknown", f"one of {', '.join(known)}{_near(key, known)}")
            checked = self.value(given, hints[key], known[key].metadata, f"{place}.{key}")
            values[key] = self._place(checked) if key in _FILES else checked
        return kind(**values)

    def _place(self, name: Any) -> Any:
        """A path as from the folder of the settings; what is no path stays."""
        return name if name in ("", "none") else str(self.folder / name)

    def value(self, given: Any, hint: Any, metadata: Mapping[str, Any], place: str) -> Any:
        kind = getattr(hint, "__origin__", hint)
        if kind is tuple:
            if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
                self.refuse(place, f"is {given!r}", _KINDS[tuple])
            return tuple(given)
        allowed: type | UnionType = int | float if kind is float else kind
        if not isinstance(given, allowed) or (isinstance(given, bool) and kind is not bool):
            self.refuse(place, f"is {given!r}", _KINDS[kind])
        self._within(given, metadata, place)
        return kind(given)

    def _within(self, given: Any, metadata: Mapping[str, Any], place: str) -> None:
        least, most, words = (metadata.get(key) for key in ("least", "most", "words"))
        if words and given not in words:
            self.refuse(place, f"is {given!r}", f"one of {', '.join(words)}")
        if least is not None and most is not None and not least <= given <= most:
            self.refuse(place, f"is {given}", f"{least:,} to {most:,}")


def _near(key: str, known: Mapping[str, Any]) -> str:
    close = difflib.get_close_matches(key, known, 1)
    return f"; perhaps {close[0]}" if close else ""


def _check_together(found: NodeSettings, reading: _Reading) -> None:
    receiver = found.receiver
    _check_title(receiver.ae_title, "receiver.ae_title", reading)
    for title in receiver.calling_ae_titles:
        _check_title(title, "receiver.calling_ae_titles", reading)
    if receiver.host not in LOOPBACK and not receiver.calling_ae_titles:
        problem = f"is empty while receiver.host is {receiver.host}"
        reading.refuse("receiver.calling_ae_titles", problem, "the titles of the peers that may call")
    if bool(receiver.certificate) != bool(receiver.key):
        reading.refuse("receiver.certificate", "and receiver.key go together", "both or neither")
    if receiver.ca and not receiver.certificate:
        reading.refuse("receiver.ca", "is given without receiver.certificate", "both, for TLS")
    if receiver.max_buffered_mb < receiver.max_message_mb:
        reading.refuse("receiver.max_buffered_mb", "is less than max_message_mb", "as much or more")
    _check_destinations(found, reading)
    if not found.routes:
        reading.refuse("routes", "is empty", "at least one [[routes]]")
    for number, route in enumerate(found.routes, 1):
        for name in route.destinations:
            if name not in {one.name for one in found.destinations}:
                reading.refuse(f"routes[{number}].destinations", f"names {name!r}", "names of [[destinations]]")


def _check_title(title: str, place: str, reading: _Reading) -> None:
    if not _TITLE.fullmatch(title) or not title.strip():
        reading.refuse(place, f"is {title!r}", "1 to 16 letters, digits, blanks, dots, dashes and underscores")


def _check_destinations(found: NodeSettings, reading: _Reading) -> None:
    names = [one.name for one in found.destinations]
    for number, one in enumerate(found.destinations, 1):
        place = f"destinations[{number}]"
        if not re.fullmatch(r"[\w-]{1,40}", one.name) or names.count(one.name) > 1:
            reading.refuse(f"{place}.name", f"is {one.name!r}", "letters, digits, dashes, and each once")
        if one.kind == "dicom":
            _check_title(one.ae_title, f"{place}.ae_title", reading)
            continue
        parts = urlsplit(one.url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
            reading.refuse(f"{place}.url", "is no address of a DICOMweb service", "https://host/.../studies")
        if one.login_variable and parts.scheme == "http" and parts.hostname not in LOOPBACK:
            reading.refuse(f"{place}.url", "would send a password unencrypted", "https")
