# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json

from monai_skin.label import answer_line, serve_lines


def test_one_line_is_answered_by_one_line_whatever_it_is(answers, pictures):
    lines = [json.dumps({"do": "version"}), "", "{", "[]", json.dumps({"do": "spread", "image": "missing.png"})]
    lines.append(json.dumps({"do": "spread", "image": str(pictures[0])}))
    written: list[str] = []
    serve_lines((line + "\n" for line in lines), written.append, answers)
    replies = [json.loads(line) for line in written]
    assert len(replies) == 5, "an empty line is no question"
    assert replies[0] == {"version": 0}
    assert [reply.get("exit_code") for reply in replies[1:4]] == [2, 2, 3]
    assert 0 <= replies[4]["spread"] <= 0.5


def test_what_prints_does_not_come_between(answers, capsys, monkeypatch):
    monkeypatch.setitem(answers._asked, "version", lambda _: print("noise") or {"version": 3})
    written: list[str] = []
    serve_lines(['{"do": "version"}'], written.append, answers)
    assert json.loads(written[0]) == {"version": 3}
    captured = capsys.readouterr()
    assert captured.out == "" and "noise" in captured.err


def test_a_mistake_of_ours_ends_no_worker_and_shows_no_path(answers, monkeypatch):
    def broken(_):
        raise RuntimeError("/home/someone/secret")

    monkeypatch.setitem(answers._asked, "version", broken)
    reply = answer_line('{"do": "version"}', answers)
    assert reply["exit_code"] == 1 and "RuntimeError" in reply["error"] and "secret" not in reply["error"]
