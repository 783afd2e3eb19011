# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The benchmarks' ratios mean what they say."""

from __future__ import annotations

import json

from benchmarks import harness


def count(n):
    return lambda: sum(range(n))


def test_four_times_the_work_takes_about_four_times_ours():
    result = harness.compare({"ours": count(200_000), "theirs": count(800_000)}, ours="ours", rounds=9)
    assert set(result["times_ours"]) == {"theirs"} and 2 < result["times_ours"]["theirs"] < 8
    assert result["ms"]["ours"] > 0


def test_ways_take_turns_after_one_call_each_to_warm_up():
    calls = []
    harness.take_turns({name: lambda name=name: calls.append(name) for name in "ab"}, rounds=3)
    assert "".join(calls) == "ab" * 4


def test_the_report_is_one_json_object_with_versions(capsys):
    harness.report("x", {"a": 1}, ("torch", "no-such-package"))
    printed = json.loads(capsys.readouterr().out)
    assert printed["results"] == {"a": 1} and printed["versions"]["torch"]
    assert printed["versions"]["no-such-package"] is None
