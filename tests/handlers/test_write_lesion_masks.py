# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Masks, overlays and tables as files."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import torch
from ignite.engine import Engine
from PIL import Image

from monai_skin.errors import IntegrityError, UsageError
from monai_skin.handlers import WriteLesionMasks
from monai_skin.io import read_image, read_mask, write_image

SIZE = (40, 60)  # rows, columns


def lesion(rows: int = 20, columns: int = 30) -> torch.Tensor:
    mask = torch.zeros(1, *SIZE, dtype=torch.uint8)
    mask[0, :rows, :columns] = 1
    return mask


def item(folder: Path, image_id: str, mask: torch.Tensor | None = None, error: str = "") -> dict[str, object]:
    file = folder / f"{image_id}.png"
    if not file.exists():
        write_image(file, np.full((3, *SIZE), 180, np.uint8))
    found = lesion() if mask is None else mask
    probability = torch.where(found > 0, 0.75, 0.25)
    return {"image_id": image_id, "file": str(file), "pred": found, "probability": probability, "error": error}


def run(out: Path, *batches: list[dict[str, object]], **options: object) -> WriteLesionMasks:
    handler = WriteLesionMasks(folder=str(out), **options)
    engine = Engine(lambda _, batch: batch)
    handler.attach(engine)
    engine.run(list(batches))
    return handler


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_one_row_one_mask_and_one_overlay_for_each_picture(tmp_path):
    run(tmp_path / "out", [item(tmp_path, "a")], [item(tmp_path, "b", lesion(40, 60))])
    first, second = rows_of(tmp_path / "out" / "predictions.csv")
    assert next(iter(first)) == "image_id"
    assert first == {
        "image_id": "a",
        "file": "a.png",
        "height": "40",
        "width": "60",
        "lesion_fraction": "0.250000",  # 20 * 30 of 40 * 60
        "mask_ok": "true",
        "mean_probability": "0.7500",
        "mask": "masks/a.png",
        "overlay": "overlays/a.jpg",
        "notes": "",
    }
    assert second["mask_ok"] == "false"
    assert second["notes"] == "the mask covers 100.0% of the picture"
    assert np.array_equal(read_mask(tmp_path / "out" / "masks" / "a.png"), lesion()[0].numpy() > 0)
    assert read_image(tmp_path / "out" / "overlays" / "a.jpg").full_size == SIZE
    assert not (tmp_path / "out" / "rejected.csv").exists()


def test_a_mask_file_holds_0_and_255_only(tmp_path):
    run(tmp_path / "out", [item(tmp_path, "a")])
    assert set(np.unique(np.array(Image.open(tmp_path / "out" / "masks" / "a.png")))) == {0, 255}


def test_what_monai_keeps_in_the_batch_belongs_to_the_item(tmp_path):
    whole = item(tmp_path, "a")
    given = [{key: whole[key] for key in ("image_id", "file", "error")}]
    handler = WriteLesionMasks(folder=str(tmp_path / "out"))
    engine = Engine(lambda _, batch: [{"pred": whole["pred"], "probability": whole["probability"]}])
    handler.attach(engine)
    engine.run([given])
    assert [row["image_id"] for row in handler.rows] == ["a"]


def test_the_overlay_of_a_large_picture_is_limited(tmp_path):
    write_image(tmp_path / "a.png", np.full((3, *SIZE), 180, np.uint8))
    run(tmp_path / "out", [item(tmp_path, "a")], overlay_side=30)
    assert read_image(tmp_path / "out" / "overlays" / "a.jpg").full_size == (20, 30)
    assert read_mask(tmp_path / "out" / "masks" / "a.png").shape == SIZE


def test_an_empty_mask_has_no_mean_probability(tmp_path):
    (row,) = run(tmp_path / "out", [item(tmp_path, "a", lesion(0, 0))]).rows
    assert row["mean_probability"] == ""
    assert row["mask_ok"] == "false"
    assert row["notes"] == "no lesion found"


def test_f1_the_same_id_twice_is_refused(tmp_path):
    with pytest.raises(IntegrityError, match="A: image_id stands twice"):
        run(tmp_path / "out", [item(tmp_path, "a")], [item(tmp_path, "A")])


def test_f2_results_that_are_there_are_not_replaced_unasked(tmp_path):
    run(tmp_path / "out", [item(tmp_path, "a")])
    with pytest.raises(UsageError, match="out: output folder holds masks already; expected a new folder, or overwrite"):
        run(tmp_path / "out", [item(tmp_path, "b")])
    run(tmp_path / "out", [item(tmp_path, "b")], overwrite=True)
    assert [row["image_id"] for row in rows_of(tmp_path / "out" / "predictions.csv")] == ["b"]


def test_f2_a_run_that_fails_leaves_no_table_of_an_earlier_one(tmp_path):
    run(tmp_path / "out", [item(tmp_path, "x", error="x: broken")])
    with pytest.raises(IntegrityError):
        run(tmp_path / "out", [item(tmp_path, "a"), item(tmp_path, "a")], overwrite=True)
    assert not list((tmp_path / "out").glob("*.csv"))


def test_f3_one_bad_picture_stops_none_of_the_others(tmp_path):
    gone = item(tmp_path, "gone")
    (tmp_path / "gone.png").unlink()
    batch = [item(tmp_path, "a"), item(tmp_path, "cut", error="cut: image is cut off"), gone, item(tmp_path, "b")]
    handler = run(tmp_path / "out", batch)
    assert [row["image_id"] for row in handler.rows] == ["a", "b"]
    cut, missing = rows_of(tmp_path / "out" / "rejected.csv")
    assert cut == {"image_id": "cut", "file": "cut.png", "reason": "cut: image is cut off"}
    assert "does not exist" in missing["reason"]
    assert not (tmp_path / "out" / "masks" / "cut.png").exists()


def test_f4_rows_stand_in_input_order_and_bytes_repeat(tmp_path):
    names = ["z", "b", "a", "m"]
    for out in ("one", "two"):
        run(tmp_path / out, *[[item(tmp_path, name)] for name in names])
    assert [row["image_id"] for row in rows_of(tmp_path / "one" / "predictions.csv")] == names
    written = sorted(path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*.*"))
    assert len(written) == 9
    for path in written:
        assert (tmp_path / "one" / path).read_bytes() == (tmp_path / "two" / path).read_bytes()


@pytest.mark.parametrize("hostile", ["../up", "a/b", "a\\b", "", " ", ".hidden", "a\0b", "a\nb", "x" * 300])
def test_an_id_that_is_no_file_name_is_rejected_and_writes_nothing(tmp_path, hostile):
    out = tmp_path / "deep" / "out"
    handler = run(out, [item(tmp_path, "a") | {"image_id": hostile}])
    assert not handler.rows
    assert "image_id cannot name a file" in handler.rejected[0]["reason"]
    assert {path.name for path in (tmp_path / "deep").rglob("*.*")} == {"predictions.csv", "rejected.csv"}


def test_a12_a_mask_of_another_size_than_the_original_is_named_with_both(tmp_path):
    wrong = torch.zeros(1, SIZE[1], SIZE[0])
    with pytest.raises(IntegrityError, match=r"a: mask size is \(60, 40\) for an original of \(40, 60\)"):
        run(tmp_path / "out", [item(tmp_path, "a", wrong)])


def test_j2_no_exif_comes_along(tmp_path):
    exif = Image.Exif()
    exif[0x010E] = "canary patient name"
    Image.new("RGB", SIZE[::-1], "white").save(tmp_path / "a.png", exif=exif)
    run(tmp_path / "out", [item(tmp_path, "a")])
    for path in (tmp_path / "out").rglob("*.*"):
        assert b"canary" not in path.read_bytes()


def test_a3_the_overlay_is_upright_like_the_mask(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter: the file holds 60 rows, the upright picture 40
    Image.new("RGB", SIZE, "white").save(tmp_path / "a.jpg", exif=exif)
    (row,) = run(tmp_path / "out", [item(tmp_path, "b") | {"file": str(tmp_path / "a.jpg")}]).rows
    assert read_image(tmp_path / "out" / row["overlay"]).full_size == SIZE


def test_a16_a_dark_frame_is_flagged_and_kept(tmp_path):
    rows, columns = np.ogrid[:240, :320]
    picture = np.full((3, 240, 320), 180, np.uint8)
    picture[:, (rows - 120) ** 2 + (columns - 160) ** 2 > 150**2] = 0
    write_image(tmp_path / "a.png", picture)
    (row,) = run(tmp_path / "out", [item(tmp_path, "a", torch.ones(1, 240, 320))]).rows
    assert "dark corners" in row["notes"]


def test_j6_no_full_path_stands_in_a_table(tmp_path):
    run(tmp_path / "out", [item(tmp_path, "a"), item(tmp_path, "b", error="b: broken")])
    for path in (tmp_path / "out").glob("*.csv"):
        assert str(tmp_path) not in path.read_text()
