# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""``pacs``."""

from __future__ import annotations

import json

import pytest

from monai_skin.cli import main
from monai_skin.pacs import Spool, read_settings
from monai_skin.pacs.rows import Failure
from tests.dicom.objects import object_bytes


@pytest.fixture
def site(tmp_path, capsys):
    assert main(["pacs", "example"]) == 0
    (tmp_path / "site.toml").write_text(capsys.readouterr().out, encoding="utf-8")
    return tmp_path / "site.toml"


@pytest.fixture
def aside(site):
    """The id of an object in quarantine; another waits."""
    spool = Spool(read_settings(site).spool.folder)
    spool.receive([b"header", b"data"], uid="1.2.CANARY")
    name = spool.receive([b"header", b"more"], uid="1.2.3")
    spool.set_aside(name, Failure("process", "InvalidInputError", "PatientAge", "PatientAge is CANARY"))
    spool.close()
    return name


def test_status_shows_the_sum_and_why_objects_were_set_aside_and_names_nobody(site, aside, capsys):
    assert main(["pacs", "status", str(site)]) == 0
    text = capsys.readouterr().out
    assert "2 received = 0 done + 1 waiting + 1 quarantined" in text
    assert f"in quarantine: {aside} at process: InvalidInputError PatientAge" in text
    assert main(["pacs", "status", str(site), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["received"] == found["done"] + found["waiting"] + found["quarantined"] == 2
    assert found["quarantine"] == [
        {"id": aside, "stage": "process", "error": "InvalidInputError", "field": "PatientAge"}
    ]
    assert "CANARY" not in text + json.dumps(found)


def test_retry_lets_an_object_wait_again(site, aside, capsys):
    assert main(["pacs", "retry", str(site), aside]) == 0
    assert "1 tried again" in capsys.readouterr().out
    assert main(["pacs", "retry", str(site), aside]) == 2
    assert "is not in quarantine" in capsys.readouterr().err


def test_discard_deletes_an_object(site, aside, capsys):
    assert main(["pacs", "discard", str(site), aside]) == 0
    assert "1 deleted" in capsys.readouterr().out
    assert not list((site.parent / "spool" / "quarantine").iterdir())


def test_a_spool_that_never_was_is_not_made(site, capsys):
    assert main(["pacs", "status", str(site)]) == 2
    assert "spool: spool holds no queue" in capsys.readouterr().err
    assert not (site.parent / "spool").exists()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_send_names_the_destination_and_what_it_did(site, tmp_path, capsys):
    (tmp_path / "a.dcm").write_bytes(object_bytes())
    assert main(["pacs", "send", str(site), "nowhere", str(tmp_path / "a.dcm")]) == 2
    assert "destination nowhere is not in the settings; expected archive" in capsys.readouterr().err
    site.write_text(site.read_text().replace("port = 4242", "port = 9"))
    assert main(["pacs", "send", str(site), "archive", str(tmp_path / "a.dcm")]) == 8
    assert "archive: peer cannot be reached" in capsys.readouterr().err
    assert main(["pacs", "send", str(site), "archive", str(tmp_path / "none.dcm")]) == 3
