# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""What is known of the person: in the pictures' own DICOM headers, in a table, or given once for all of them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from monai_skin.errors import InvalidInputError, UsageError
from monai_skin.io import read_json, read_table
from monai_skin.labels import SITES, UNKNOWN, parse_age, parse_sex, parse_site

__all__ = ["add_metadata", "sites_of"]

DICOM_SUFFIXES = (".dcm", ".dicom")
_NAMES = ("image_id", "image", "file")  # columns that may name the picture, the first that is there
_ALSO = {
    "age": ("age", "age_approx"),
    "sex": ("sex", "gender"),
    "site": ("site", "localization", "anatom_site_general"),
}


def add_metadata(
    items: Sequence[Mapping[str, Any]],
    *,
    table: str | os.PathLike[str] | None = None,
    age: str | float | None = None,
    sex: str = "",
    site: str = "",
    sites: Sequence[str] | None = None,
) -> list[dict[str, Any]]:
    """Copies of the items with ``age``, ``sex`` and ``site`` from a table, or one value for all.

    What neither says is taken from the header of a ``.dcm`` file, where the item has not got it from elsewhere; a site
    that the model does not know is then unknown. A file that cannot be read keeps what it had, and is rejected later.

    Each value that is found replaces what the item had; a picture the table does not name keeps what it had, which may
    be nothing. Everything missing is allowed: the networks were trained to do without.

    Args:
        items: as ``monai_skin.data.list_images`` gives them.
        table: CSV whose column ``image_id``, ``image`` or ``file`` names a picture by id or file name, with any of
            ``age``, ``sex`` and ``site``, also under the names HAM10000 and ISIC give them.
        age: years, for every picture.
        sex: for every picture.
        site: for every picture.
        sites: the sites the model knows; all of :data:`monai_skin.labels.SITES` by default.

    Raises:
        UsageError: both a table and single values are given, or the table names no picture of the items.
        InvalidInputError: a value outside its vocabulary, naming the table's row and column or the header's element.
    """
    single = {"age": age, "sex": sex, "site": site}
    given = {field: value for field, value in single.items() if value not in (None, "")}
    if table is None:
        values = _parsed(given, {name: f"--{name}" for name in given}, "predict", sites)
        return [{**_from_header(item, values, sites), **values} for item in items]
    if given:
        raise UsageError(f"--metadata and --{next(iter(given))} are both given; expected one of the two")
    found = _by_name(Path(table), sites)
    known = [found.get(str(item["image_id"])) or found.get(Path(str(item["file"])).name) for item in items]
    if items and not any(row is not None for row in known):
        expected = "an image_id or file name of at least one of them in its first naming column"
        raise UsageError.about(Path(table).name, "table", "names none of the pictures", expected=expected)
    return [_from_header({**item, **(row or {})}, {}, sites) for item, row in zip(items, known, strict=True)]


def _from_header(item: Mapping[str, Any], given: Mapping[str, Any], sites: Sequence[str] | None) -> dict[str, Any]:
    """A copy of the item with what its DICOM header says and nobody else did."""
    file = Path(str(item.get("file", item.get("image", ""))))
    wanted = [field for field in _ALSO if field not in given and item.get(field, UNKNOWN) in (None, UNKNOWN)]
    if file.suffix.lower() not in DICOM_SUFFIXES or not wanted:
        return dict(item)
    from monai_skin.dicom import read_person
    from monai_skin.io.dicom_header import open_dicom

    try:
        opened = open_dicom(file)
    except InvalidInputError:  # the run rejects the picture for the same reason, without stopping for it
        return dict(item)
    person = read_person(opened, wanted)._asdict()
    if sites is not None and person["site"] not in sites:
        person["site"] = UNKNOWN
    return {**item, **{field: person[field] for field in wanted}}


def _by_name(path: Path, sites: Sequence[str] | None) -> dict[str, dict[str, Any]]:
    rows = read_table(path)
    header = list(rows[0]) if rows else []
    name = next((column for column in _NAMES if column in header), None)
    columns = {field: next((one for one in names if one in header), "") for field, names in _ALSO.items()}
    columns = {field: column for field, column in columns.items() if column}
    if name is None or not columns:
        lacking = "a column that names the picture" if name is None else "age, sex and site"
        expected = f"one of {', '.join(_NAMES)}, and any of age, sex and site"
        raise InvalidInputError.about(path.name, "header", f"lacks {lacking}", expected=expected)
    found: dict[str, dict[str, Any]] = {}
    for number, row in enumerate(rows, start=2):
        source = f"{path.name} row {number}"
        key = Path(row[name]).name
        if key in found:
            raise InvalidInputError.about(source, f"column {name}", f"repeats {key!r}", expected="one row a picture")
        cells = {field: row[column] for field, column in columns.items()}
        found[key] = _parsed(cells, {field: f"column {column}" for field, column in columns.items()}, source, sites)
    return found


def _parsed(
    cells: Mapping[str, Any], names: Mapping[str, str], source: str, sites: Sequence[str] | None
) -> dict[str, Any]:
    """The values as an item has them; a site outside the model's own is refused, "unknown" never is."""
    parsed: dict[str, Any] = {}
    if "age" in cells:
        parsed["age"] = parse_age(cells["age"], source=source, field=names["age"])
    if "sex" in cells:
        parsed["sex"] = parse_sex(str(cells["sex"]), source=source, field=names["sex"])
    if "site" in cells:
        parsed["site"] = parse_site(str(cells["site"]), source=source, field=names["site"])
        allowed = set(SITES if sites is None else sites) | {UNKNOWN}
        if parsed["site"] not in allowed:
            problem = f"is {parsed['site']!r}, which this model was not shown"
            raise InvalidInputError.about(
                source, names["site"], problem, expected=f"one of {', '.join(sorted(allowed))}"
            )
    return parsed


def sites_of(bundle_root: str | os.PathLike[str]) -> list[str] | None:
    """The sites a bundle's network knows, from its ``inference.json``; None where it takes no metadata."""
    sites = read_json(Path(bundle_root) / "configs" / "inference.json").get("sites")
    return [str(name) for name in sites] if isinstance(sites, list) else None
