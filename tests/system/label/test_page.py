# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The page as a person uses it, in a real browser: mouse, keys and fingers."""

from __future__ import annotations

import time

import numpy as np
import pytest

from tests.system.label.browser import Page
from tests.system.label.conftest import TURNED

pytestmark = [pytest.mark.label, pytest.mark.slow]
IDLE = "document.body.dataset.busy === '0'"


class Annotator:
    """What a person does on the page."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @property
    def area(self) -> int:
        return int(self.page.run("document.body.dataset.area"))

    @property
    def picture(self) -> str:
        return str(self.page.run("document.body.dataset.picture"))

    @property
    def centre(self) -> tuple[float, float]:
        x, y, width, height = self.page.run(
            "(() => { const b = document.getElementById('canvas').getBoundingClientRect();"
            " return [b.x, b.y, b.width, b.height]; })()"
        )
        return x + width / 2, y + height / 2

    def settle(self) -> None:
        time.sleep(0.1)
        self.page.wait(IDLE)

    def open(self, name: str) -> None:
        self.page.run(
            f"[...document.querySelectorAll('#pictures button')].find(b => b.textContent === '{name}').click()"
        )
        self.page.wait(f"document.body.dataset.picture === '{name}' && {IDLE}")


@pytest.fixture(scope="module")
def annotator(client, chromium, tmp_path_factory):
    page = Page(chromium, tmp_path_factory.mktemp("profile"))
    try:
        page.open(f"{client.url}/annotate")
        page.wait(f"document.body.dataset.picture && {IDLE}", 120)
        yield Annotator(page)
        assert not page.errors, page.errors
    finally:
        page.close()


@pytest.fixture(autouse=True)
def keep_a_picture(request, annotator, tmp_path):
    yield
    annotator.page.picture(tmp_path / f"{request.node.name}.png")


def test_it_opens_with_a_picture_its_outline_and_the_notice(annotator):
    assert annotator.area > 0
    notice = annotator.page.run(
        "getComputedStyle(document.querySelector('.notice')).display !== 'none' && "
        "document.querySelector('.notice').textContent"
    )
    assert notice == "Research use only. Not for diagnosis."
    assert annotator.page.run("document.querySelectorAll('#pictures button').length") >= 12


def test_a_stroke_is_drawn_taken_back_and_brought_again(annotator):
    annotator.open("lesion_02")
    x, y = annotator.centre
    start = annotator.area
    annotator.page.key("e")
    annotator.page.drag([(x - 40, y), (x, y), (x + 40, y)])
    erased = annotator.area
    assert erased < start
    annotator.page.key("b")
    annotator.page.drag([(x - 40, y), (x, y), (x + 40, y)])
    assert annotator.area > erased
    annotator.page.key("z", control=True)
    assert annotator.area == erased
    annotator.page.key("z", control=True)
    assert annotator.area == start
    annotator.page.key("z", control=True, shift=True)
    assert annotator.area == erased
    annotator.page.click("#undo")
    assert annotator.area == start


def test_a_polygon_fills_what_it_encloses(annotator):
    annotator.open("lesion_03")
    x, y = annotator.centre
    scale = annotator.page.run("document.getElementById('canvas').getBoundingClientRect().height") * 0.96 / 120
    annotator.page.key("e")
    annotator.page.run("document.getElementById('size').value = 150")
    for row in range(-300, 301, 60):
        annotator.page.drag([(x - 400, y + row), (x + 400, y + row)])
    assert annotator.area == 0
    annotator.page.key("p")
    side = 30 * scale
    for corner in [(x - side, y - side), (x + side, y - side), (x + side, y + side), (x - side, y + side)]:
        annotator.page.drag([corner])
    annotator.page.key("Enter")
    assert annotator.area == pytest.approx(60 * 60, rel=0.05), "a square of 60 pixels"
    assert annotator.picture == "lesion_03", "Enter closed the polygon and accepted nothing"


def test_clicks_on_skin_and_lesion_bend_the_outline(annotator):
    annotator.open("lesion_04")
    before = annotator.area
    x, y = annotator.centre
    annotator.page.key("k")
    annotator.page.drag([(x, y)])
    annotator.settle()
    without = annotator.area
    assert without < before
    annotator.page.key("z", control=True)
    assert annotator.area == before
    annotator.page.drag([(x, y)], button="right")
    annotator.settle()
    assert annotator.area < before
    annotator.page.key("o")
    annotator.settle()
    assert annotator.area == before, "proposed anew"


def test_fingers_draw_and_two_of_them_zoom(annotator):
    annotator.open("lesion_05")
    x, y = annotator.centre
    annotator.page.key("e")
    annotator.page.run("document.getElementById('size').value = 40")
    before = annotator.area
    annotator.page.touch([(x - 30, y)], [(x, y)], [(x + 30, y)])
    assert annotator.area < before
    erased = annotator.area
    annotator.page.touch(
        [(x - 20, y)], [(x - 20, y), (x + 20, y)], [(x - 60, y), (x + 60, y)], [(x - 120, y), (x + 120, y)]
    )
    assert annotator.area == erased, "a pinch draws nothing"
    annotator.page.drag([(x, y - 60), (x, y - 50)])
    annotator.page.key("0")


def test_what_is_accepted_is_what_was_drawn(annotator, client):
    annotator.open(TURNED)
    annotator.page.run("document.getElementById('size').value = 60")
    x, y = annotator.centre
    annotator.page.key("b")
    annotator.page.drag([(x + 100, y - 100), (x + 140, y - 100)])
    area, completed = annotator.area, client.get("/datastore/").json["completed"]
    annotator.page.key("Enter")
    annotator.page.wait(f"document.body.dataset.picture !== '{TURNED}' && {IDLE}")
    assert client.get("/datastore/").json["completed"] == completed + 1
    kept = client.get(f"/datastore/label?label={TURNED}&tag=final").mask
    assert kept.shape[:2] == (120, 160), "upright"
    plane = kept[..., 0] if kept.ndim == 3 else kept
    assert set(np.unique(plane)) == {0, 255} and int((plane > 0).sum()) == area
    annotator.open(TURNED)
    assert annotator.area == area


def test_next_goes_on_to_another_picture_and_drafts_are_kept(annotator):
    annotator.open("lesion_06")
    x, y = annotator.centre
    annotator.page.key("b")
    annotator.page.drag([(x + 150, y + 150), (x + 160, y + 150)])
    drawn = annotator.area
    annotator.page.key("n")
    annotator.page.wait(f"document.body.dataset.picture !== 'lesion_06' && {IDLE}")
    annotator.open("lesion_06")
    assert annotator.area == drawn


def test_retraining_tells_its_progress_and_a_failure_its_reason(annotator, client):
    for path in (client.folder / "studies" / "labels" / "final").glob("*.png"):
        client.delete(f"/datastore/label?id={path.stem}&tag=final")
    annotator.page.click("#train")
    annotator.page.wait("document.body.dataset.training === 'ERROR'", 120)
    assert "approved outlines are 0" in annotator.page.run("document.getElementById('training').textContent")
    for name in ("lesion_07", "lesion_08", "lesion_09"):
        assert client.save(name, client.infer("lesion_segmentation", name).body).status == 200
    annotator.page.run("document.getElementById('epochs').value = 1")
    annotator.page.click("#train")
    annotator.page.wait("document.body.dataset.training === 'DONE'", 180)
    said = annotator.page.run("document.getElementById('training').textContent")
    assert said.startswith("Version 1 of the weights answers now.")
    assert annotator.page.run("document.getElementById('progress').value") == 1


def test_the_most_doubtful_stands_first_after_scoring(annotator, client):
    annotator.page.click("#score")
    annotator.page.wait("document.body.dataset.scoring === 'DONE'", 180)
    left = {one["id"]: one["spread"] for one in client.get("/skin/images").json if not one["approved"]}
    first = annotator.page.run("document.querySelector('#pictures button').textContent")
    assert first == max(left, key=lambda name: left[name] or -1)


def test_classes_are_shown_with_their_warning(annotator):
    annotator.page.click("#classify")
    annotator.page.wait("document.querySelectorAll('#classes li').length === 7", 120)
    assert "say nothing about a person's health" in annotator.page.run("document.querySelector('aside').textContent")


def test_a_small_screen_shows_the_picture_first(client, chromium, tmp_path):
    page = Page(chromium, tmp_path / "profile", size=(390, 844))
    try:
        page.open(f"{client.url}/annotate")
        page.wait(f"document.body.dataset.picture && {IDLE}", 120)
        assert page.run("document.documentElement.scrollWidth") <= 390
        assert page.run("document.getElementById('canvas').getBoundingClientRect().height") > 300
        page.picture(tmp_path / "small.png")
    finally:
        page.close()
