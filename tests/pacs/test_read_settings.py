# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""``pacs.read_settings`` and the example."""

from __future__ import annotations

import dataclasses
import re
from importlib.resources import files

import pytest

from monai_skin.errors import InvalidInputError
from monai_skin.pacs import NodeSettings, read_settings
from monai_skin.pacs.settings import DestinationSettings, RouteSettings

EXAMPLE = (files("monai_skin.pacs") / "example.toml").read_text(encoding="utf-8")
ROUTE = "[[routes]]\n"


@pytest.fixture
def reads(tmp_path):
    def read(text: str) -> NodeSettings:
        (tmp_path / "site.toml").write_text(text, encoding="utf-8")
        return read_settings(tmp_path / "site.toml")

    return read


def test_the_example_shows_every_key_with_its_default(reads, tmp_path):
    found = reads(EXAMPLE)
    assert dataclasses.replace(found.receiver, calling_ae_titles=()) == NodeSettings().receiver
    assert (found.worker, found.sender) == (NodeSettings().worker, NodeSettings().sender)
    assert found.spool.folder == str(tmp_path / "spool")
    sections = [found.receiver, found.spool, found.worker, found.sender, RouteSettings(), DestinationSettings()]
    for section in sections:
        for one in dataclasses.fields(section):
            assert re.search(rf"^(# )?{one.name} = ", EXAMPLE, re.MULTILINE), one.name


def test_all_that_is_commented_out_can_be_turned_on(reads):
    text = re.sub(r"^# (?=\w+ = |\[\[)", "", EXAMPLE, flags=re.MULTILINE)
    found = reads(text)
    assert [one.kind for one in found.destinations] == ["dicom", "stow"]
    assert found.destination("web").login_variable == "ARCHIVE_LOGIN"
    with pytest.raises(KeyError):
        found.destination("nobody")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = ", r"site.toml: file is not TOML"),
        ("[reciever]\n", r"reciever is unknown; expected one of receiver, .*perhaps receiver"),
        ("receiver = 3\n", r"receiver is not a table; expected \[receiver\]"),
        ("[receiver]\nprot = 1\n", r"receiver.prot is unknown; .*perhaps port"),
        ('[receiver]\nport = "104"\n', r"receiver.port is '104'; expected a whole number"),
        ("[receiver]\nport = true\n", r"receiver.port is True; expected a whole number"),
        ("[receiver]\nport = 70000\n", r"receiver.port is 70000; expected 0 to 65,535"),
        ("[receiver]\ntimeout = nan\n", r"receiver.timeout is nan; expected 0.1 to 600"),
        ('[receiver]\nae_title = "SEVENTEEN_LETTERS"\n', r"receiver.ae_title is 'SEVENTEEN_LETTERS'; expected 1 to 16"),
        ('[receiver]\ncalling_ae_titles = [""]\n', r"receiver.calling_ae_titles is ''"),
        ('[receiver]\ncalling_ae_titles = "ONE"\n', r"calling_ae_titles is 'ONE'; expected a list of texts"),
        ('[receiver]\nhost = "0.0.0.0"\n', r"calling_ae_titles is empty while receiver.host is 0.0.0.0; expected the"),
        ('[receiver]\nkey = "a.key"\n', r"receiver.certificate and receiver.key go together; expected both"),
        ('[receiver]\nca = "a.pem"\n', r"receiver.ca is given without receiver.certificate"),
        ("[receiver]\nmax_message_mb = 2000\n", r"max_buffered_mb is less than max_message_mb"),
        ("[worker]\nbatch_size = 0\n", r"worker.batch_size is 0; expected 1 to 256"),
        ("", r"routes is empty; expected at least one \[\[routes\]\]"),
        ("[routes]\n", r"routes is not a list of tables; expected \[\[routes\]\]"),
        (f'{ROUTE}task = "cure"\n', r"routes\[1\].task is 'cure'; expected one of diagnosis, segmentation, ignore"),
        (f'{ROUTE}destinations = ["x"]\n', r"routes\[1\].destinations names 'x'; expected names of"),
        (f"{ROUTE}[[destinations]]\n", r"destinations\[1\].name is ''; expected letters"),
        (f'{ROUTE}[[destinations]]\nname = "a"\n', r"destinations\[1\].ae_title is ''"),
        (
            f'{ROUTE}[[destinations]]\nname = "a"\nkind = "stow"\nurl = "ftp://a"\n',
            r"destinations\[1\].url is no address of a DICOMweb service",
        ),
        (
            f'{ROUTE}[[destinations]]\nname = "a"\nkind = "stow"\nurl = "http://a/s"\nlogin_variable = "L"\n',
            r"destinations\[1\].url would send a password unencrypted; expected https",
        ),
    ],
)
def test_a_wrong_key_is_named(reads, text, message):
    with pytest.raises(InvalidInputError, match=message):
        reads(text)


@pytest.mark.parametrize("text", [ROUTE, f"[spool]\nmax_waiting = 3\n{ROUTE}"])
def test_the_spool_is_beside_the_settings_wherever_the_node_is_started(reads, tmp_path, text):
    assert reads(text).spool.folder == str(tmp_path / "spool")


def test_a_whole_number_will_do_where_a_number_is_asked_for(reads):
    assert reads(f"[sender]\ntimeout = 3\n{ROUTE}").sender.timeout == 3.0


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InvalidInputError, match=r"no.toml: file does not exist"):
        read_settings(tmp_path / "no.toml")
