# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from monai_skin.errors import InvalidInputError, UsageError
from monai_skin.io import image_size, read_image, read_mask, write_mask
from monai_skin.label import Answers, WorkerSettings
from monai_skin.label.picture_file import picture_file


def test_an_outline_has_the_size_of_its_picture(answers, pictures, tmp_path):
    found = answers.ask({"do": "outline", "image": str(pictures[0]), "out": str(tmp_path / "mask.png")})
    mask = read_mask(tmp_path / "mask.png")
    assert mask.shape == image_size(pictures[0]) == (found["height"], found["width"])
    assert found["lesion_fraction"] == pytest.approx(mask.mean()) and found["version"] == 0
    assert "Research use only" in found["note"]


def test_refinement_starts_from_what_was_drawn(answers, pictures, tmp_path):
    rows, columns = image_size(pictures[0])
    drawn = np.zeros((rows, columns), np.bool_)
    drawn[rows // 4 : rows // 2, columns // 4 : columns // 2] = True
    write_mask(tmp_path / "drawn.png", drawn)
    question = {"do": "refine", "image": str(pictures[0]), "label": str(tmp_path / "drawn.png")}
    answers.ask({**question, "out": str(tmp_path / "same.png")})
    np.testing.assert_array_equal(read_mask(tmp_path / "same.png"), drawn)
    spot = [columns - 10, rows - 10]
    answers.ask({**question, "foreground": [spot], "out": str(tmp_path / "more.png")})
    assert read_mask(tmp_path / "more.png")[spot[1], spot[0]]


def test_classes_add_up_to_one_and_come_sorted(answers, pictures):
    found = answers.ask({"do": "diagnose", "image": str(pictures[1]), "age": 60, "sex": "female", "site": "back"})
    scores = [row["score"] for row in found["prediction"]]
    assert len(scores) == 7 and sum(scores) == pytest.approx(1, abs=1e-6)
    assert scores == sorted(scores, reverse=True)
    assert {found["label_names"][str(row["idx"])] for row in found["prediction"]} == {
        row["label"] for row in found["prediction"]
    }


def test_what_is_drawn_changes_the_classes(answers, pictures, tmp_path):
    rows, columns = image_size(pictures[1])
    drawn = np.zeros((rows, columns), np.bool_)
    drawn[: rows // 3, : columns // 3] = True
    write_mask(tmp_path / "drawn.png", drawn)
    question = {"do": "diagnose", "image": str(pictures[1])}
    plain, other = (answers.ask({**question, **extra}) for extra in ({}, {"label": str(tmp_path / "drawn.png")}))
    assert plain["prediction"] != other["prediction"]
    with pytest.raises(InvalidInputError, match="torsoo"):
        answers.ask({**question, "site": "torsoo"})


def test_concepts_are_proxies_that_say_so(answers, pictures):
    found = answers.ask({"do": "concepts", "image": str(pictures[0])})
    rows, columns = image_size(pictures[0])
    assert found["proposer"] == "proxy" and "Proxy" in found["about"]
    for row in found["concepts"]:
        left, top, right, bottom = row["box"]
        assert 0 <= left < right <= columns and 0 <= top < bottom <= rows


def test_concepts_of_a_preset_need_its_weights(bundle, pictures, tmp_path):
    answers = Answers(WorkerSettings(tmp_path, bundle=bundle, concepts="grounded-sam", device="cpu"))
    with pytest.raises(UsageError, match="weights of grounded-sam are not given"):
        answers.ask({"do": "concepts", "image": str(pictures[0])})


def test_a3_what_is_shown_is_upright(answers, tmp_path):
    pixels = np.zeros((20, 30, 3), np.uint8)
    pixels[:, :15] = 255
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(pixels).save(tmp_path / "turned.jpg", exif=exif, quality=100)
    found = answers.ask({"do": "show", "image": str(tmp_path / "turned.jpg"), "out": str(tmp_path / "shown.png")})
    assert (found["height"], found["width"]) == (30, 20)
    with Image.open(tmp_path / "shown.png") as shown:
        assert not shown.getexif() and shown.size == (20, 30)
    np.testing.assert_array_equal(read_image(tmp_path / "shown.png").pixels, read_image(tmp_path / "turned.jpg").pixels)


def test_i1_no_question_names_the_weights(answers, pictures, tmp_path):
    question = {"do": "outline", "image": str(pictures[0])}
    answers.ask({**question, "out": str(tmp_path / "one.png")})
    evil = {"weights": "../../evil.pt", "model_filename": "../../evil.pt", "bundle": "elsewhere"}
    answers.ask({**question, **evil, "out": str(tmp_path / "two.png")})
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()


def test_i2_a_label_of_another_size_or_with_other_values_is_refused(answers, pictures, tmp_path):
    rows, columns = image_size(pictures[0])
    question = {"do": "check_label", "image": str(pictures[0]), "image_id": "one", "label": str(tmp_path / "label.png")}
    write_mask(tmp_path / "label.png", np.zeros((columns, rows), np.bool_))
    with pytest.raises(InvalidInputError, match=f"size is {rows} x {columns} pixels for a picture of"):
        answers.ask(question)
    classes = np.zeros((rows, columns), np.uint8)
    classes[5:9, 5:9] = 3
    Image.fromarray(classes).save(tmp_path / "label.png")
    with pytest.raises(InvalidInputError, match=r"label of one: mask has 2 values \(0, 3\)"):
        answers.ask(question)
    Image.fromarray((classes > 0).astype(np.uint8)).save(tmp_path / "label.png")
    assert answers.ask(question)["lesion_fraction"] == pytest.approx(16 / (rows * columns))


def test_a_series_is_its_single_picture(pictures, tmp_path):
    with pytest.raises(InvalidInputError, match="series: files are 0"):
        picture_file(str(tmp_path))
    (tmp_path / "one.png").write_bytes(pictures[0].read_bytes())
    assert picture_file(str(tmp_path)) == tmp_path / "one.png"
    (tmp_path / "two.png").write_bytes(pictures[1].read_bytes())
    with pytest.raises(InvalidInputError, match="series: files are 2; expected one picture in a series"):
        picture_file(str(tmp_path))


def test_questions_that_make_no_sense_are_refused(answers):
    with pytest.raises(UsageError, match="do is 'draw'; expected one of outline"):
        answers.ask({"do": "draw"})
    with pytest.raises(UsageError, match="question outline lacks 'image'"):
        answers.ask({"do": "outline"})
