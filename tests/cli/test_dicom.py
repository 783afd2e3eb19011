# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""``dicom``."""

from __future__ import annotations

import csv
import json

import nibabel as nib
import numpy as np
import pydicom
import pytest

from monai_skin.cli import main
from monai_skin.io import read_image, read_mask, write_image
from tests.dicom.objects import STUDY, faults, object_bytes
from tests.small_bundle import make_bundle, make_diagnosis_bundle


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    """A folder of bundles, as the environment names it."""
    folder = tmp_path_factory.mktemp("shelf")
    make_bundle(folder / "lesion_segmentation")
    make_diagnosis_bundle(folder / "dual_encoder_diagnosis")
    return folder


def lesion() -> np.ndarray:
    """(H, W, 3): a dark disc on skin."""
    rows, columns = np.ogrid[:48, :64]
    inside = (rows - 24) ** 2 + (columns - 32) ** 2 < 15**2
    return np.where(inside[..., None], (90, 50, 40), (220, 170, 150)).astype(np.uint8)


@pytest.fixture
def study(tmp_path):
    folder = tmp_path / "study"
    folder.mkdir()
    (folder / "one.dcm").write_bytes(
        object_bytes(lesion(), PatientAge="080Y", PatientSex="M", BodyPartExamined="SCALP")
    )
    frames = np.stack([lesion(), lesion()[::-1], lesion()])
    (folder / "three.dcm").write_bytes(object_bytes(frames, NumberOfFrames=3, SOPInstanceUID="2.25.301"))
    return folder


@pytest.fixture
def run(shelf, monkeypatch, tmp_path):
    monkeypatch.setenv("MONAI_SKIN_BUNDLES", str(shelf))

    def predict(*words: object) -> int:
        return main([*map(str, words), "--out", str(tmp_path / "out"), "--device", "cpu", "--overwrite"])

    return predict


def rows_of(path):
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_a_study_gives_results_of_its_own_study_and_what_has_several_frames_is_rejected_by_name(
    run, study, tmp_path, capsys
):
    assert run("dicom", "predict", study) == 6
    written = sorted((tmp_path / "out" / "dicom").iterdir())
    assert {path.name for path in written} >= {"one_sr.dcm", "one_sc.dcm"}
    assert {pydicom.dcmread(path).StudyInstanceUID for path in written} == {STUDY}
    assert not [line for path in written for line in faults(path)]
    (rejected,) = rows_of(tmp_path / "out" / "rejected.csv")
    assert rejected["reason"].startswith("three.dcm: NumberOfFrames is 3") and "--frame" in rejected["reason"]
    captured = capsys.readouterr()
    assert "1 pictures answered, 1 rejected" in captured.out and "Research use only" in captured.out
    assert "Canary" not in captured.out + captured.err


def test_an_explained_answer_comes_with_its_heat_map_as_an_object_of_the_study(run, study, tmp_path, capsys):
    assert run("dicom", "predict", study / "one.dcm", "--explain", "--quiet") == 0
    found = pydicom.dcmread(tmp_path / "out" / "dicom" / "one_heat.dcm")
    drawn = read_image(tmp_path / "out" / "heat" / "one.jpg").pixels
    assert np.array_equal(found.pixel_array, np.moveaxis(np.asarray(drawn), 0, -1))
    assert found.StudyInstanceUID == STUDY and found.SeriesNumber != 7003
    assert found.SeriesDescription == "Heat map. Research use only. Not for diagnosis."
    assert not faults(tmp_path / "out" / "dicom" / "one_heat.dcm")
    assert run("dicom", "predict", study / "one.dcm", "--explain", "--task", "segmentation") == 2
    assert "--explain is given; expected it with --task diagnosis only" in capsys.readouterr().err


def test_the_header_says_what_is_known_of_the_person_unless_it_is_said_by_hand(run, study, tmp_path):
    one = study / "one.dcm"

    def answer(*words: object) -> list[str]:
        assert run("predict", *words, "--quiet") == 0
        return [rows_of(tmp_path / "out" / "predictions.csv")[0][code] for code in ("mel", "nv", "bcc")]

    picture = study / "same.png"
    write_image(picture, np.ascontiguousarray(lesion().transpose(2, 0, 1)))
    by_hand = answer(picture, "--age", 80, "--sex", "male", "--site", "scalp")
    assert answer(one) == by_hand != answer(picture)
    assert answer(one, "--age", 5) == answer(picture, "--age", 5, "--sex", "male", "--site", "scalp") != by_hand
    table = study / "people.csv"
    table.write_text("image,age,sex\none.dcm,5,\n")
    assert answer(one, "--metadata", table) == answer(one, "--age", 5), "a blank is not said by hand"


def test_a_frame_or_all_frames_are_taken_when_asked_for(run, study, tmp_path):
    three = study / "three.dcm"
    assert run("dicom", "predict", three, "--frame", "all", "--task", "segmentation", "--quiet") == 0
    names = [row["image_id"] for row in rows_of(tmp_path / "out" / "predictions.csv")]
    assert names == ["three_frame1", "three_frame2", "three_frame3"]
    assert run("dicom", "predict", three, "--frame", "2", "--task", "segmentation", "--quiet") == 0
    assert [row["image_id"] for row in rows_of(tmp_path / "out" / "predictions.csv")] == ["three_frame2"]
    assert run("dicom", "predict", three, "--frame", "0") == 2


def test_outlines_as_nifti_are_where_the_masks_are_and_in_millimetre(run, study, tmp_path):
    (study / "one.dcm").write_bytes(object_bytes(lesion(), PixelSpacing=[0.5, 0.25]))
    assert run("dicom", "predict", study / "one.dcm", "--task", "segmentation", "--nifti", "--quiet") == 0
    found = nib.load(tmp_path / "out" / "nifti" / "one.nii.gz")
    assert [float(size) for size in found.header.get_zooms()] == [0.25, 0.5]
    assert np.array_equal(np.asarray(found.dataobj).T > 0, read_mask(tmp_path / "out" / "masks" / "one.png"))
    (study / "one.dcm").write_bytes(object_bytes(lesion(), PixelSpacing=[0, 0]))
    assert run("predict", study / "one.dcm", "--task", "segmentation", "--nifti", "--quiet") == 6
    assert not (tmp_path / "out" / "nifti" / "one.nii.gz").exists()


def test_wrap_dump_and_deidentify(tmp_path, capsys):
    picture, wrapped = tmp_path / "photo.png", tmp_path / "photo.dcm"
    write_image(picture, np.ascontiguousarray(lesion().transpose(2, 0, 1)))
    words = [
        "dicom",
        "wrap",
        str(picture),
        "--out",
        str(wrapped),
        "--patient-id",
        "CANARY",
        "--age",
        "34",
        "--site",
        "back",
    ]
    assert main(words) == 0
    assert main(words) == 2 and "exists already" in capsys.readouterr().err
    assert main(["dicom", "dump", str(wrapped), "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)["photo.dcm"]
    assert (shown["age"], shown["site"], shown["rows"]) == (34.0, "back", 48)
    assert main(["dicom", "dump", str(wrapped)]) == 0
    assert "  kind: Dermoscopic Photography\n" in capsys.readouterr().out
    salt, copies = tmp_path / "salt", tmp_path / "copies"
    salt.write_bytes(b"a secret of some length")
    assert main(["dicom", "deidentify", str(wrapped), "--out", str(copies), "--salt-file", str(salt)]) == 0
    (copy,) = copies.iterdir()
    assert b"CANARY" not in copy.read_bytes() and "photo" not in copy.name
    assert "PatientAge" not in pydicom.dcmread(copy)
    assert "1 copied, 0 refused" in capsys.readouterr().out


def test_two_objects_of_one_identifier_are_not_both_copied_and_stop_no_other(tmp_path, capsys):
    folder, salt = tmp_path / "study", tmp_path / "salt"
    folder.mkdir()
    salt.write_bytes(b"a secret of some length")
    for name, uid in (("a", "2.25.1"), ("b", "2.25.1"), ("c", "2.25.2")):
        (folder / f"{name}.dcm").write_bytes(object_bytes(SOPInstanceUID=uid))
    words = ["dicom", "deidentify", str(folder), "--out", str(tmp_path / "copies"), "--salt-file", str(salt)]
    assert main(words) == 6
    said = capsys.readouterr()
    assert "refused: b.dcm: SOPInstanceUID is that of another object; expected one object for each" in said.err
    assert "2 copied, 1 refused" in said.out and len(list((tmp_path / "copies").iterdir())) == 2
    assert main(words) == 2, "copies of an earlier run are not replaced"
