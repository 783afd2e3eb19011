# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""``monai_skin data report``: what it prints, what it writes, and how it ends."""

from __future__ import annotations

import json

import pytest

from monai_skin.cli.main import main
from monai_skin.data import write_phantoms


@pytest.fixture
def folder(tmp_path):
    write_phantoms(tmp_path / "data", 8, size=(32, 40))
    return tmp_path / "data"


def run(capsys, *arguments):
    code = main(["data", "report", *map(str, arguments)])
    streams = capsys.readouterr()
    return code, streams.out, streams.err


def test_a_sound_data_set_is_summed_up_in_a_few_lines_and_two_files(folder, tmp_path, capsys):
    code, out, err = run(capsys, folder, "--out", tmp_path / "out")
    assert (code, err) == (0, "")
    assert out.startswith("data: 8 images, 6 lesions\nclasses: ")
    assert "in two sections: 0 lesions, 0 patients, 0 images\n" in out
    assert out.endswith("written to out\nResearch use only. Not for diagnosis.\n")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["report.html", "report.json"]


def test_the_json_on_standard_output_is_that_of_the_file(folder, tmp_path, capsys):
    code, out, _ = run(capsys, folder, "--out", tmp_path / "out", "--json", "--sample", 3, "--seed", 5)
    facts = json.loads(out)
    assert code == 0
    assert facts == json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert (facts["seed"], facts["sample"]) == (5, 3)


def test_an_earlier_report_is_replaced_only_when_told(folder, tmp_path, capsys):
    assert run(capsys, folder, "--out", tmp_path / "out")[0] == 0
    code, _, err = run(capsys, folder, "--out", tmp_path / "out")
    assert code == 2
    assert "output folder holds report.html already; expected a new folder, or overwrite" in err
    assert run(capsys, folder, "--out", tmp_path / "out", "--overwrite")[0] == 0


def test_broken_pictures_are_listed_and_the_command_ends_with_6(folder, tmp_path, capsys):
    for number in range(8):
        (folder / "images" / f"PHANTOM_{number:07d}.jpg").write_bytes(b"no picture")
    code, out, _ = run(capsys, folder, "--out", tmp_path / "out")
    assert code == 6
    assert "broken pictures: 8; unusable rows: 0\n  PHANTOM_0000000.jpg: " in out
    assert (tmp_path / "out" / "report.html").is_file()


def test_a_long_list_is_cut_short(folder, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("monai_skin.cli.data_report.MOST_LISTED", 1)
    for number in range(3):
        (folder / "images" / f"PHANTOM_{number:07d}.jpg").unlink()
    assert "\n  and 2 more, in report.json\n" in run(capsys, folder, "--out", tmp_path / "out")[1]


@pytest.mark.parametrize(
    "words, code, message",
    [
        (["--sample", "0"], 2, "sample is 0; expected 1 or more"),
        (["--kind", "ham20000"], 2, "kind is 'ham20000'; expected one of ham10000"),
        (["--kind", "isic2019"], 3, "data: "),
    ],
)
def test_what_cannot_be_done_is_said(folder, tmp_path, capsys, words, code, message):
    ending, _, err = run(capsys, folder, "--out", tmp_path / "out", *words)
    assert ending == code
    assert message in err
    assert not (tmp_path / "out").exists()


def test_a_folder_of_nothing_known_ends_with_3(tmp_path, capsys):
    code, _, err = run(capsys, tmp_path, "--out", tmp_path / "out")
    assert code == 3
    assert "holds no known data set" in err
