# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The bar counts pictures."""

from __future__ import annotations

import pytest
from ignite.engine import Engine

from monai_skin.handlers import ShowProgress


def test_the_bar_counts_pictures_not_batches(capsys):
    engine = Engine(lambda _, batch: batch)
    ShowProgress(total=5, always=True).attach(engine)
    engine.run([["a", "b", "c"], ["d", "e"]])
    captured = capsys.readouterr()
    assert "5/5" in captured.err
    assert captured.out == ""


def test_nothing_is_drawn_where_nobody_looks(capsys):
    engine = Engine(lambda _, batch: batch)
    ShowProgress(total=1).attach(engine)
    engine.run([["a"]])
    assert capsys.readouterr().err == ""


def test_closing_ends_the_line_of_a_failed_run(capsys):
    def fail(_: Engine, batch: object) -> None:
        raise ValueError("broken")

    engine = Engine(fail)
    bar = ShowProgress(total=1, always=True)
    bar.attach(engine)
    with pytest.raises(ValueError, match="broken"):
        engine.run([["a"]])
    bar.close()
    assert capsys.readouterr().err.endswith("\n")
