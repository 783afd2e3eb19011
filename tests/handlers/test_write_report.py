# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The report a person opens."""

from __future__ import annotations

import base64
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from ignite.engine import Engine, Events

from monai_skin import __version__
from monai_skin.errors import UsageError
from monai_skin.handlers import WriteLesionMasks, WriteReport
from monai_skin.io import read_image, sha256_of
from tests.handlers.test_write_lesion_masks import SIZE, item


class Page(HTMLParser):
    """The tags of a page, their attributes and the text between them."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "img"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, "tags close in order"

    def handle_data(self, data: str) -> None:
        self.text += f" {data}"

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def report(out: Path, *items: dict[str, object], **options: object) -> str:
    engine = Engine(lambda _, batch: batch)
    WriteLesionMasks(folder=str(out)).attach(engine)
    WriteReport(folder=str(out), **options).attach(engine)
    engine.run([[one] for one in items])
    return (out / "report.html").read_text(encoding="utf-8")


def test_the_page_says_how_many_and_names_what_made_it(tmp_path):
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(b"weights")
    options = {"weights": str(weights), "model": "lesion_segmentation 0.1.0", "created": "2026-11-21"}
    items = [item(tmp_path, "a"), item(tmp_path, "b"), item(tmp_path, "c", error="c: cut off")]
    text = " ".join(Page(report(tmp_path / "out", *items, **options)).text.split())
    assert "Pictures 3 Outlined 2 Rejected 1 Plausible mask 2 of 2 (100%)" in text
    assert "c c.png c: cut off" in text
    for fact in (__version__, sha256_of(weights), "model.safetensors", "lesion_segmentation 0.1.0", "2026-11-21"):
        assert fact in text
    assert str(tmp_path) not in text


def test_the_page_warns_before_anything_else(tmp_path):
    text = Page(report(tmp_path / "out", item(tmp_path, "a"))).text
    body = text[text.index("}\n") :] if "}\n" in text else text
    assert "Research use only. Not for diagnosis." in body
    assert body.index("Research use only") < body.index("Pictures")


def test_the_page_needs_no_network_and_no_other_file(tmp_path):
    source = report(tmp_path / "out", item(tmp_path, "a"))
    page = Page(source)
    assert not re.findall(r"https?:|<script|<link|<iframe|@import|url\(", source)
    assert {image["src"].partition(",")[0] for image in page.all("img")} == {"data:image/jpeg;base64"}
    assert all(link["href"].startswith("#") for link in page.all("a"))
    assert "default-src 'none'" in source


def test_each_original_stands_beside_its_overlay(tmp_path):
    page = Page(report(tmp_path / "out", item(tmp_path, "a"), item(tmp_path, "b")))
    pictures = [read_image(base64.b64decode(image["src"].partition(",")[2])) for image in page.all("img")]
    assert [picture.full_size for picture in pictures] == [SIZE] * 4
    assert abs(pictures[0].pixels.astype(int) - 180).max() < 5
    assert abs(pictures[1].pixels.astype(int) - 180).max() > 50


def test_the_page_can_be_read_aloud(tmp_path):
    source = report(tmp_path / "out", item(tmp_path, "a"), item(tmp_path, "b", error="b: broken"))
    page = Page(source)
    assert page.open == []
    assert page.all("html")[0]["lang"] == "en"
    assert "<title>Lesion outlines: report</title>" in source
    assert all(image["alt"] for image in page.all("img"))
    names = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(names) == len(set(names))
    assert {link["href"].removeprefix("#") for link in page.all("a")} <= set(names)
    assert all(head["scope"] in {"col", "row"} for head in page.all("th"))
    assert "prefers-color-scheme: dark" in source


@pytest.mark.parametrize("hostile", ["<script>alert(1)", "a&b", "a\"b'c", "$x ${y} {z} %s"])
def test_text_from_outside_stays_text(tmp_path, hostile):
    items = [item(tmp_path, "a") | {"image_id": hostile}, item(tmp_path, "b", error=f"b: {hostile}")]
    source = report(tmp_path / "out", *items, model=hostile)
    page = Page(source)
    assert "<script" not in source
    assert page.open == []
    assert page.text.count(hostile) == 4  # the card, the table, the reason and the model
    assert hostile in page.all("img")[0]["alt"]


def test_j2_no_exif_is_inside_the_page(tmp_path):
    page = Page(report(tmp_path / "out", item(tmp_path, "a")))
    for image in page.all("img"):
        assert b"Exif" not in base64.b64decode(image["src"].partition(",")[2])


def test_f4_the_same_run_gives_the_same_bytes_and_the_clock_is_never_asked(tmp_path, monkeypatch):
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    first, second = (report(tmp_path / name, item(tmp_path, "a")) for name in ("one", "two"))
    assert first == second
    assert "<dt>Date</dt>" not in first


def test_the_date_may_come_from_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    assert "1970-01-02 00:00 UTC" in report(tmp_path / "out", item(tmp_path, "a"))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    with pytest.raises(UsageError, match="SOURCE_DATE_EPOCH is not a number"):
        report(tmp_path / "other", item(tmp_path, "a"))


def test_many_pictures_are_listed_and_only_some_shown(tmp_path):
    page = Page(report(tmp_path / "out", *[item(tmp_path, name) for name in "abc"], most_pictures=2))
    assert len(page.all("img")) == 4
    assert "The first 2 of 3 are shown" in page.text
    assert "c.png" in page.text


def test_a_run_without_any_usable_picture_still_has_its_report(tmp_path):
    text = " ".join(Page(report(tmp_path / "out", item(tmp_path, "a", error="a: broken"))).text.split())
    assert "Outlined 0 Rejected 1 Plausible mask none" in text


def test_an_original_that_is_gone_is_replaced_by_its_overlay(tmp_path):
    engine = Engine(lambda _, batch: batch)
    WriteLesionMasks(folder=str(tmp_path / "out")).attach(engine)
    engine.add_event_handler(Events.COMPLETED, lambda: (tmp_path / "a.png").unlink())
    WriteReport(folder=str(tmp_path / "out")).attach(engine)
    engine.run([[item(tmp_path, "a")]])
    assert (tmp_path / "out" / "report.html").is_file()


def test_f2_a_report_that_is_there_is_not_replaced_unasked(tmp_path):
    (tmp_path / "report.html").write_text("mine")
    engine = Engine(lambda _, batch: batch)
    WriteReport(folder=str(tmp_path)).attach(engine)
    with pytest.raises(UsageError, match=r"holds report\.html already"):
        engine.run([[item(tmp_path, "a")]])
    assert (tmp_path / "report.html").read_text() == "mine"


def test_the_tables_must_be_written_first(tmp_path):
    engine = Engine(lambda _, batch: batch)
    WriteReport(folder=str(tmp_path / "out")).attach(engine)
    with pytest.raises(UsageError, match="expected WriteLesionMasks before it"):
        engine.run([[item(tmp_path, "a")]])
