# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The report of a classification."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from ignite.engine import Engine, Events

from monai_skin import __version__
from monai_skin.errors import UsageError
from monai_skin.handlers import WriteDiagnoses, WriteDiagnosisReport
from monai_skin.io import read_image, sha256_of, write_image, write_table
from monai_skin.transforms import IMAGENET_MEAN, IMAGENET_STD
from tests.handlers.test_write_diagnoses import PROBABILITIES, item, seen
from tests.handlers.test_write_report import Page

SIZE = (40, 60)  # rows, columns


def pictured(folder: Path, image_id: str, **others: object) -> dict[str, object]:
    """An item whose original is a grey picture of ``SIZE``."""
    write_image(folder / f"{image_id}.png", np.full((3, *SIZE), 180, np.uint8))
    return item(image_id, file=str(folder / f"{image_id}.png"), **others)


def report(out: Path, *items: dict[str, object], **options: object) -> str:
    engine = Engine(lambda _, batch: batch)
    WriteDiagnoses(folder=str(out), vocabulary="ham10000").attach(engine)
    WriteDiagnosisReport(folder=str(out), vocabulary="ham10000", **options).attach(engine)
    engine.run([[one] for one in items])
    return (out / "report.html").read_text(encoding="utf-8")


def words_of(source: str) -> str:
    return " ".join(Page(source).text.split())


def pictures_of(source: str) -> list[np.ndarray]:
    found = [base64.b64decode(image["src"].partition(",")[2]) for image in Page(source).all("img")]
    return [read_image(content).pixels for content in found]


def normalised(value: float) -> torch.Tensor:
    """A picture of one grey, as ImageNet's networks want it."""
    mean, std = (torch.tensor(values)[:, None, None] for values in (IMAGENET_MEAN, IMAGENET_STD))
    return (torch.full((3, 8, 8), value) - mean) / std


def test_the_page_says_how_many_and_names_what_made_it(tmp_path):
    weights, calibration = tmp_path / "model.pt", tmp_path / "calibration.json"
    weights.write_bytes(b"weights")
    calibration.write_bytes(b"calibration")
    files = {"weights": str(weights), "calibration": str(calibration)}
    items = [
        pictured(tmp_path, "a"),
        pictured(tmp_path, "b", segmented=seen(mask_ok=False)),
        item("c", error="c: cut off"),
    ]
    text = words_of(report(tmp_path / "out", *items, **files, model="dual encoder 0.1.0", created="2026-11-21"))
    assert "Pictures 3 Classified 2 Rejected 1 Outline used 1 of 2" in text
    assert "c c.jpg c: cut off" in text
    for fact in (__version__, sha256_of(weights), "model.pt", sha256_of(calibration), "calibration.json"):
        assert fact in text
    assert "dual encoder 0.1.0" in text and "2026-11-21" in text
    assert "mel: melanoma" in text, "what the codes of the classes mean"
    assert str(tmp_path) not in text


def test_the_page_warns_before_anything_else(tmp_path):
    text = words_of(report(tmp_path / "out", pictured(tmp_path, "a")))
    body = text[text.rindex("}") :]  # the style is over
    assert "Research use only. Not for diagnosis." in body
    assert body.index("Research use only") < body.index("Pictures")


def test_the_page_needs_no_network_and_no_other_file(tmp_path):
    source = report(tmp_path / "out", pictured(tmp_path, "a"), item("b", error="b: broken"))
    page = Page(source)
    assert not re.findall(r"https?:|<script|<link|<iframe|@import|url\(", source)
    assert {image["src"].partition(",")[0] for image in page.all("img")} == {"data:image/jpeg;base64"}
    assert all(link["href"].startswith("#") for link in page.all("a"))
    (policy,) = [meta["content"] for meta in page.all("meta") if "http-equiv" in meta]
    assert policy == "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def test_the_page_can_be_read_aloud(tmp_path):
    source = report(tmp_path / "out", pictured(tmp_path, "a"), item("b", error="b: broken"))
    page = Page(source)
    assert page.open == []
    assert page.all("html")[0]["lang"] == "en"
    assert "<title>Lesion classes: report</title>" in source
    assert all(image["alt"] for image in page.all("img"))
    names = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(names) == len(set(names))
    assert {link["href"].removeprefix("#") for link in page.all("a")} <= set(names)
    assert all(head["scope"] in {"col", "row"} for head in page.all("th"))


@pytest.mark.parametrize("hostile", ["<script>alert(1)", "a&b", "a\"b'c", "$x ${y} {z} %s"])
def test_text_from_outside_stays_text(tmp_path, hostile):
    named = {"file": f"{hostile}.png", "image": seen(notes=f"notes {hostile}"), "sex": f"sex {hostile}"}
    items = [item(hostile, **named), item("b", error=f"reason {hostile}")]
    source = report(tmp_path / "out", *items, model=f"model {hostile}")
    page = Page(source)
    assert "<script" not in source
    assert page.open == []
    assert page.text.count(f"{hostile}.png") == 2  # on the card and in the table, like the notes
    assert page.text.count(f"notes {hostile}") == 2
    for once in ("sex", "reason", "model"):
        assert page.text.count(f"{once} {hostile}") == 1
    assert page.text.count(hostile) == 2 + 2 + 2 + 3
    assert all(hostile in image["alt"] for image in page.all("img"))


def test_the_bars_stand_in_the_order_of_their_probabilities(tmp_path):
    source = report(tmp_path / "out", pictured(tmp_path, "a"))
    bars = re.findall(
        r'<th scope="row">([^<]+)</th><td class="track"><span class="bar" style="width: ([\d.]+)%"></span></td>\s*'
        r"<td>([\d.]+%)</td>",
        source,
    )
    assert [name for name, _, _ in bars[:3]] == [
        "melanoma",
        "melanocytic nevus",
        "benign keratosis-like lesion",
    ]
    assert [float(width) for _, width, _ in bars] == pytest.approx([100 * p for p in sorted(PROBABILITIES)[::-1]])
    assert [share for _, _, share in bars] == ["37.5%", "25.0%", "15.0%", "12.5%", "5.0%", "2.5%", "2.5%"]


def test_what_is_known_of_the_person_stands_beside_the_picture(tmp_path):
    known = {"age": 61.0, "sex": "female", "site": "back"}
    items = [
        pictured(tmp_path, "a", **known),
        pictured(tmp_path, "b", age=float("nan"), sex="unknown", site="unknown"),
        pictured(tmp_path, "c", age=0.0, sex="unknown", site="face"),
        pictured(tmp_path, "d"),
    ]
    lines = re.findall(r'<p class="meta">([^<]+)</p>', report(tmp_path / "out", *items))
    assert lines == [
        "a.png, 61 years, female, back",
        "b.png, nothing known of the person",
        "c.png, 0 years, face",
        "d.png",
    ]


def test_the_original_stands_beside_what_the_second_encoder_saw(tmp_path):
    whole = {key: value for key, value in pictured(tmp_path, "b").items() if key != "segmented"}
    items = [pictured(tmp_path, "a", segmented=normalised(60 / 255)), {**whole, "image": normalised(90 / 255)}]
    left, right, alone = pictures_of(report(tmp_path / "out", *items))
    assert left.shape == (3, *SIZE)
    assert abs(left.astype(int) - 180).max() < 5
    assert abs(right.astype(int) - 60).max() < 5
    assert abs(alone.astype(int) - 180).max() < 5, "without a second encoder there is nothing to put beside it"


def test_where_no_network_has_a_second_encoder_no_outline_is_spoken_of(tmp_path):
    whole = {key: value for key, value in pictured(tmp_path, "b").items() if key != "segmented"}
    assert "outlined for the second encoder" not in report(tmp_path / "one", whole)
    assert "outlined for the second encoder" in report(
        tmp_path / "two", pictured(tmp_path, "a", segmented=normalised(0.2))
    )


HEAT_COLUMNS = ("image_id", "class", "method", "overlay", "lesion", "heat_in_lesion")
CLINICAL = {"class": "mel", "base": "0.25", "age": "0.15", "sex": "-0.05", "site": "0", "sum": "0.35"}


def explained_report(out: Path, *items: dict[str, object], clinical: bool = True, **options: object) -> str:
    """The report of a run that has a heat map of every item, and values of age, sex and site."""
    names = [str(one["image_id"]) for one in items]
    for name in names:
        write_image(out / "heat" / f"{name}.jpg", np.full((3, 600, 900), 240, np.uint8))

    def write_tables() -> None:
        row = {"class": "mel", "method": "grad_cam", "lesion": "0.25", "heat_in_lesion": "0.4"}
        rows = [{"image_id": name, "overlay": f"heat/{name}.jpg", **row} for name in names]
        write_table(out / "explanations.csv", rows, HEAT_COLUMNS)
        if clinical:
            rows = [{"image_id": name, **CLINICAL} for name in names]
            write_table(out / "clinical.csv", rows, ("image_id", *CLINICAL))

    engine = Engine(lambda _, batch: batch)
    WriteDiagnoses(folder=str(out), vocabulary="ham10000").attach(engine)
    engine.add_event_handler(Events.COMPLETED, write_tables)
    WriteDiagnosisReport(folder=str(out), vocabulary="ham10000", explained=True, **options).attach(engine)
    engine.run([[one] for one in items])
    return (out / "report.html").read_text(encoding="utf-8")


def test_a_run_that_explains_shows_the_heat_as_a_third_picture_with_its_warning(tmp_path):
    items = [pictured(tmp_path, "a", segmented=normalised(60 / 255)), pictured(tmp_path, "-b", age=61.0, sex="male")]
    source = explained_report(tmp_path / "out", *items)
    shown = pictures_of(source)
    assert len(shown) == 6
    assert shown[2].shape == (3, 213, 320), "small enough to be sent on"
    assert abs(shown[2].astype(int) - 240).max() < 5
    text = words_of(source)
    warning = "A heat map shows where the network was sensitive, not whether it was right."
    assert text.count(warning) == 1 + 2  # above all, and on each card
    assert text.count("Heat: Grad-CAM for melanoma. 40.0% of the heat lies on the outlined lesion") == 2
    assert Page(source).open == []
    assert [image["alt"] for image in Page(source).all("img")][2] == "Heat map of a, Grad-CAM for melanoma"


def test_age_sex_and_site_have_bars_where_something_is_known_of_the_person(tmp_path):
    nobody = {"age": float("nan"), "sex": "unknown", "site": "unknown"}
    known = {"age": 61.0, "sex": "unknown", "site": "unknown"}
    for person, count in ((known, 1), (nobody, 0), ({}, 0)):
        out = tmp_path / f"out{len(list(tmp_path.glob('out*')))}"
        text = words_of(explained_report(out, pictured(tmp_path, "a", **person)))
        assert text.count("age +15.0 points sex \u22125.0 points site +0.0 points") == count
    text = words_of(explained_report(tmp_path / "none", pictured(tmp_path, "a", **known), clinical=False))
    assert "points" not in text and "Heat: Grad-CAM" in text


def test_explanations_of_an_earlier_run_are_not_left_beside_other_predictions(tmp_path):
    out = tmp_path / "out"
    explained_report(out, pictured(tmp_path, "a", age=61.0))
    for name in ("report.html", "predictions.csv", "isic_submission.csv"):
        (out / name).unlink()
    with pytest.raises(UsageError, match=r"holds explanations\.csv already"):
        report(out, pictured(tmp_path, "a"))
    (out / "predictions.csv").unlink(missing_ok=True)
    source = report(out, pictured(tmp_path, "a"), overwrite=True)
    assert "Heat" not in words_of(source)
    assert not (out / "explanations.csv").exists() and not (out / "clinical.csv").exists()


def test_a_picture_prepared_otherwise_is_shown_as_it_was(tmp_path):
    halves = {"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]}
    _, right = pictures_of(report(tmp_path / "out", pictured(tmp_path, "a", segmented=torch.ones(3, 8, 8)), **halves))
    assert right.min() == 255


def test_the_picture_with_the_outline_is_shown_where_there_is_one(tmp_path):
    (tmp_path / "overlays").mkdir()
    write_image(tmp_path / "overlays" / "a.jpg", np.full((3, *SIZE), 20, np.uint8))
    items = [pictured(tmp_path, name, segmented=normalised(90 / 255)) for name in "ab"]
    _, outlined, _, lesion = pictures_of(report(tmp_path / "out", *items, overlays=str(tmp_path / "overlays")))
    assert outlined.shape == (3, *SIZE)
    assert abs(outlined.astype(int) - 20).max() < 5
    assert abs(lesion.astype(int) - 90).max() < 5


def test_an_id_that_a_spreadsheet_would_run_has_its_pictures_too(tmp_path):
    (tmp_path / "overlays").mkdir()
    write_image(tmp_path / "overlays" / "-a.jpg", np.full((3, *SIZE), 20, np.uint8))
    items = [pictured(tmp_path, "-a"), pictured(tmp_path, "b")]
    found = pictures_of(report(tmp_path / "out", *items, overlays=str(tmp_path / "overlays")))
    assert len(found) == 4
    assert abs(found[1].astype(int) - 20).max() < 5


def test_an_original_that_is_gone_is_replaced_by_what_the_network_saw(tmp_path):
    engine = Engine(lambda _, batch: batch)
    WriteDiagnoses(folder=str(tmp_path / "out"), vocabulary="ham10000").attach(engine)
    engine.add_event_handler(Events.COMPLETED, lambda: (tmp_path / "a.png").unlink())
    WriteDiagnosisReport(folder=str(tmp_path / "out"), vocabulary="ham10000").attach(engine)
    engine.run([[pictured(tmp_path, "a", image=normalised(90 / 255))]])
    left, _ = pictures_of((tmp_path / "out" / "report.html").read_text())
    assert abs(left.astype(int) - 90).max() < 5


def test_f4_the_same_run_gives_the_same_bytes_and_the_clock_is_never_asked(tmp_path, monkeypatch):
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    first, second = (report(tmp_path / name, pictured(tmp_path, "a")) for name in ("one", "two"))
    assert first == second
    assert "<dt>Date</dt>" not in first
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    assert "1970-01-02 00:00 UTC" in report(tmp_path / "three", pictured(tmp_path, "a"))


def test_many_pictures_are_listed_and_only_some_shown(tmp_path):
    page = Page(report(tmp_path / "out", *[pictured(tmp_path, name) for name in "abc"], most_pictures=2))
    assert len(page.all("img")) == 4
    assert "The first 2 of 3 are shown" in page.text
    assert "c.png" in page.text
    assert [link["href"] for link in page.all("a")] == ["#picture-1", "#picture-2"]


def test_a_run_without_any_usable_picture_still_has_its_report(tmp_path):
    wrong = (float("nan"),) * 7
    source = report(tmp_path / "out", item("a", error="a: broken"), pictured(tmp_path, "n", probabilities=wrong))
    assert "Pictures 2 Classified 0 Rejected 2" in words_of(source)
    assert not Page(source).all("img")


def test_f2_a_report_that_is_there_is_not_replaced_unasked(tmp_path):
    (tmp_path / "report.html").write_text("mine")
    engine = Engine(lambda _, batch: batch)
    WriteDiagnosisReport(folder=str(tmp_path), vocabulary="ham10000").attach(engine)
    with pytest.raises(UsageError, match=r"holds report\.html already"):
        engine.run([[item("a")]])
    assert (tmp_path / "report.html").read_text() == "mine"


def test_the_tables_must_be_written_first(tmp_path):
    engine = Engine(lambda _, batch: batch)
    WriteDiagnosisReport(folder=str(tmp_path), vocabulary="ham10000").attach(engine)
    with pytest.raises(
        UsageError, match="WriteDiagnosisReport: predictions.csv is absent; expected WriteDiagnoses before"
    ):
        engine.run([[item("a")]])


def test_classes_nobody_knows_are_refused(tmp_path):
    with pytest.raises(UsageError, match="vocabulary is 'ham'; expected one of"):
        WriteDiagnosisReport(folder=str(tmp_path), vocabulary="ham")
