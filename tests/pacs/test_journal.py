# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""``pacs.journal``."""

from __future__ import annotations

import json
import logging
import stat

import pytest

from monai_skin.pacs.journal import keep_traceback, note


def test_a_line_is_json_of_known_words(caplog):
    caplog.set_level(logging.INFO)
    note("received", id="ABC", bytes=3)
    assert json.loads(caplog.messages[0]) == {"event": "received", "id": "ABC", "bytes": 3}


def test_a_word_outside_the_list_is_a_mistake_of_ours():
    with pytest.raises(KeyError, match="patient"):
        note("received", patient="CANARY")


def test_a_traceback_is_for_its_owner_only(tmp_path):
    try:
        raise ZeroDivisionError("CANARY")
    except ZeroDivisionError as error:
        name = keep_traceback(tmp_path, error)
    assert "ZeroDivisionError" in (tmp_path / name).read_text() and "CANARY" not in name
    assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
