# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""``pacs.node``."""

from __future__ import annotations

import os
import sys

import pytest

from monai_skin.errors import UsageError
from monai_skin.pacs import NodeSettings, node
from monai_skin.pacs.node import PARTS, check_installed, commands_of, run_part, serve
from monai_skin.pacs.settings import WorkerSettings


def test_each_part_is_a_command_line_of_its_own():
    found = commands_of(NodeSettings(worker=WorkerSettings(processes=2)), "site.toml")
    assert list(found) == ["receiver", "worker1", "worker2", "sender"]
    assert found["worker2"][1:] == ["-m", "monai_skin", "pacs", "part", "worker", "site.toml"]
    assert {words[-2] for words in found.values()} == set(PARTS)


def test_a_missing_extra_is_named_with_how_to_install_it(monkeypatch):
    monkeypatch.setattr(node, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"pacs: pynetdicom is not installed; expected the extra: pip install"):
        check_installed()


@pytest.fixture
def site(tmp_path):
    (tmp_path / "site.toml").write_text("[[routes]]\n", encoding="utf-8")
    mask = os.umask(0o022)
    yield tmp_path / "site.toml"
    os.umask(mask)


def test_a_second_node_on_one_spool_is_refused(site, monkeypatch):
    monkeypatch.setattr(node, "LOCK_SECONDS", 0.1)
    asked = []

    def commands(settings, file):
        with pytest.raises(UsageError, match=r"spool: spool is used by another node; expected a spool of its own"):
            serve(file)
        asked.append(file)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        serve(site, commands=commands)
    assert asked == [site]


def test_a_part_of_another_name_is_refused(site):
    with pytest.raises(UsageError, match=r"pacs: part is 'cook'; expected one of receiver, worker, sender"):
        run_part("cook", site)


def test_the_receiver_loads_no_model():
    code = "import sys, monai_skin.pacs.receiver, monai_skin.pacs.node; sys.exit('torch' in sys.modules)"
    assert os.spawnv(os.P_WAIT, sys.executable, [sys.executable, "-c", code]) == 0
