# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""JSON documents."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monai_skin.errors import InvalidInputError
from monai_skin.io import read_json, write_json

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
values = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=9)


@settings(deadline=None)
@given(value=values.filter(lambda value: "\\ud" not in ascii(value)))
def test_what_is_written_reads_back(value, tmp_path_factory):
    file = tmp_path_factory.mktemp("documents") / "d.json"
    write_json(file, value)
    assert read_json(file) == value


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"a": 1, "b": 2, "a": 3}', "key 'a' is given twice"),
        ('{"x": {"a": 1, "a": 1}}', "key 'a' is given twice"),
        ("[NaN]", "NaN is not a JSON number"),
        ("[-Infinity]", "-Infinity is not a JSON number"),
        ("", "Expecting value"),
        ("{'a': 1}", "Expecting property name"),
        ("[" * 100_000, "nested too deeply"),
        ("[" + "9" * 5000 + "]", "integer string conversion"),
        ("\udcff", "can't decode"),
    ],
)
def test_c10_what_is_no_document_is_refused(text, words):
    with pytest.raises(InvalidInputError, match=rf"^d: document is not JSON \(.*{words}.*\); expected valid JSON"):
        read_json(text.encode(errors="surrogateescape"), source="d")


@pytest.mark.parametrize("value", [math.nan, math.inf, object(), {1: object()}])
def test_what_json_cannot_hold_is_not_written(value, tmp_path):
    with pytest.raises(InvalidInputError, match=r"^d\.json: document cannot be written as JSON"):
        write_json(tmp_path / "d.json", value)
    assert not list(tmp_path.iterdir())
