# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from monai_skin.errors import UsageError
from monai_skin.label import STRATEGIES, choose_image

NAMES = ["c", "a", "b"]


def test_the_first_is_the_first_by_name():
    assert choose_image("first", NAMES, {})["id"] == "a"


def test_chance_reaches_every_picture_and_can_be_repeated():
    drawn = {choose_image("random", NAMES, {}, seed=seed)["id"] for seed in range(50)}
    assert drawn == set(NAMES)
    assert choose_image("random", NAMES, {}, seed=3) == choose_image("random", reversed(NAMES), {}, seed=3)


def test_the_most_doubtful_is_the_one_with_the_largest_spread_among_those_left():
    infos = {"a": {"lesion_spread": 0.1}, "b": {"lesion_spread": 0.2}, "done": {"lesion_spread": 0.4}}
    assert choose_image("epistemic", NAMES, infos)["id"] == "b"


def test_class_balance_takes_the_likeliest_of_what_was_seen_least():
    likely = {"a": {"nv": 0.9, "mel": 0.1}, "b": {"nv": 0.3, "mel": 0.7}, "c": {"nv": 0.1, "mel": 0.9}}
    infos = {name: {"lesion_classes": found} for name, found in {**likely, "done": {"mel": 0.6, "nv": 0.4}}.items()}
    assert choose_image("class_balance", NAMES, infos)["id"] == "a"  # one mel is outlined, no nv
    infos |= {name: {"lesion_classes": {"nv": 1.0, "mel": 0.0}} for name in ("done2", "done3")}
    assert choose_image("class_balance", NAMES, infos)["id"] == "c"  # now two nv are


@pytest.mark.parametrize("strategy", ["epistemic", "class_balance"])
def test_without_scores_chance_decides_and_says_so(strategy):
    found = choose_image(strategy, NAMES, {"other": {"lesion_spread": 0.3}}, seed=0)
    assert found["id"] in NAMES and "no picture has been scored yet" in found["why"]


def test_nothing_left_is_nothing_and_an_unknown_strategy_is_refused():
    assert all(choose_image(strategy, [], {}) is None for strategy in STRATEGIES)
    with pytest.raises(UsageError, match="'best' is unknown; expected first, random"):
        choose_image("best", NAMES, {})


def test_what_was_passed_over_comes_again_last():
    assert choose_image("first", NAMES, {}, skip=["a"])["id"] == "b"
    assert choose_image("first", NAMES, {}, skip=NAMES)["id"] == "a"
    infos = {"a": {"lesion_spread": 0.1}, "b": {"lesion_spread": 0.2}}
    assert choose_image("epistemic", NAMES, infos, skip=["b"])["id"] == "a"
