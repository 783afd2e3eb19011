# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Nothing that tells who a person is gets out of the files meant to carry it, whatever is run, at any log level."""

from __future__ import annotations

import io
import logging

import numpy as np
import pydicom
import pytest
from PIL import Image

from monai_skin.cli import main
from monai_skin.io import read_image
from tests.hostile.canaries import (
    CANARIES,
    DATES,
    FOLDER,
    NAME,
    TEXT,
    UID,
    canaries_in,
    forms,
    planted_object,
    planted_pictures,
    songs,
)
from tests.small_bundle import make_bundle, make_diagnosis_bundle

# groups of the patient, study and specimen modules, and of references to the source
WHO_AND_WHEN = (0x0002, 0x0008, 0x0010, 0x0012, 0x0020, 0x0032, 0x0038, 0x0040)
MAY_CARRY = ("dicom",)  # results in DICOM stand in the patient's study and repeat who it is
OUT = ("--device", "cpu")
DIGITS = "1234567890"  # as many as TEXT has letters, for elements that pydicom writes only as numbers


def lesion() -> np.ndarray:
    """(H, W, 3): a dark disc on skin."""
    rows, columns = np.ogrid[:48, :64]
    inside = (rows - 24) ** 2 + (columns - 32) ** 2 < 15**2
    return np.where(inside[..., None], (90, 50, 40), (220, 170, 150)).astype(np.uint8)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shelf")
    make_bundle(folder / "lesion_segmentation")
    make_diagnosis_bundle(folder / "dual_encoder_diagnosis")
    return folder


@pytest.fixture
def study(tmp_path):
    """A folder named after a person: good and broken files under names that tell nothing."""
    folder = tmp_path / FOLDER
    folder.mkdir()
    (folder / "one.dcm").write_bytes(planted_object(lesion()))
    broken: dict[str, dict[str, object]] = {
        "age": {"PatientAge": TEXT},
        "born": {"PatientAge": "", "PatientBirthDate": "17760704 ", "StudyDate": DATES[0]},
        "nodate": {"PatientAge": "", "PatientBirthDate": TEXT},
        "sex": {"PatientSex": TEXT.upper()},
        "part": {"Laterality": TEXT.upper()},
        "uid": {"SOPInstanceUID": TEXT},
        "spacing": {"PixelSpacing": DIGITS},
        "colours": {"PhotometricInterpretation": TEXT.upper()},
        "frames": {"NumberOfFrames": DIGITS},
    }
    for number, (name, elements) in enumerate(broken.items()):
        data = planted_object(lesion(), **{"SOPInstanceUID": f"{UID}.{number}", **elements})
        (folder / f"{name}.dcm").write_bytes(data.replace(DIGITS.encode(), TEXT.encode()))
    (folder / "cut.dcm").write_bytes(planted_object(lesion())[:-3000])
    for kind, data in planted_pictures(lesion()).items():
        (folder / f"{kind}_photo.{kind}").write_bytes(data)
        (folder / f"{kind}_cut.{kind}").write_bytes(data[: len(data) * 2 // 3])
    return folder


@pytest.fixture
def run(shelf, monkeypatch, tmp_path, caplog, capfd):
    """Run a command at the noisiest level, and return its exit code and all that it said."""
    monkeypatch.setenv("MONAI_SKIN_BUNDLES", str(shelf))
    monkeypatch.setenv("MONAI_SKIN_DEBUG", "1")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    caplog.set_level(logging.DEBUG)

    def command(*words: object) -> tuple[int, str]:
        caplog.clear()
        code = main([*map(str, words)])
        out, err = capfd.readouterr()
        return code, "\n".join([out, err, caplog.text])

    return command


def test_j1_the_canaries_are_in_the_files_and_the_search_hears_them(study):
    for path in study.iterdir():
        assert canaries_in(path.read_bytes()), path.name
    for canary in CANARIES:
        assert all(canaries_in(b"\0" + form + b"\0") for form in forms(canary))
    header = pydicom.dcmread(study / "one.dcm")
    assert sum(bool(canaries_in(str(element))) for element in header.iterall()) > 400
    with Image.open(study / "jpeg_photo.jpeg") as image:
        assert {"exif", "comment", "photoshop", "xmp"} <= set(image.info)


def test_j1_predict_sings_nothing(run, study, tmp_path):
    table = study / "people.csv"
    table.write_text(f"image,age,sex,patient_name,born\njpeg_photo.jpeg,40,male,{NAME},{DATES[1]}\n", encoding="utf-8")
    words = ("predict", study / "one.dcm", *study.glob("*_*.*"), "--metadata", table, "--out", tmp_path / "out")
    code, said = run(*words, "--explain", "--nifti", "--json", *OUT)
    assert code == 6, said
    assert not canaries_in(said)
    assert not songs(tmp_path / "out") and not songs(tmp_path / "tmp")
    assert len(list((tmp_path / "out" / "nifti").iterdir())) == 4


def test_j1_dicom_predict_sings_only_in_dicom_and_there_only_who_and_when(run, study, tmp_path):
    code, said = run("dicom", "predict", study, "--task", "segmentation", "--out", tmp_path / "out", *OUT)
    assert code == 6, said
    assert not canaries_in(said)
    assert not songs(tmp_path / "out", but=MAY_CARRY) and not songs(tmp_path / "tmp")
    written = sorted((tmp_path / "out" / "dicom").iterdir())
    assert {path.name for path in written} >= {"one_seg.dcm", "one_sr.dcm", "one_sc.dcm", "one_pr.dcm"}
    for path in written:
        assert not canaries_in(path.name)
        for element in pydicom.dcmread(path).iterall():
            if element.VR not in ("SQ", "OB", "OW", "UN") and canaries_in(str(element.value)):
                # the patient, study and specimen modules, and references to the source
                assert element.tag.group in (0x0002, 0x0008, 0x0010, 0x0012, 0x0020, 0x0032, 0x0038, 0x0040), (
                    element.tag
                )
        report = pydicom.dcmread(path)
        for item in report.get("ContentSequence", []):
            texts = [
                element for element in item.iterall() if element.keyword in ("TextValue", "PersonName", "CodeMeaning")
            ]
            assert not [text for text in texts if canaries_in(str(text.value))]


@pytest.mark.parametrize("name", ["age", "born", "nodate", "sex", "uid", "spacing", "colours", "frames", "cut", "part"])
def test_j1_j6_errors_sing_nothing_even_with_their_traceback(run, study, tmp_path, name):
    for words in (
        ("dicom", "dump", study / f"{name}.dcm"),
        ("predict", study / f"{name}.dcm", "--out", tmp_path / "out", "--overwrite", *OUT),
    ):
        _, said = run(*words)
        assert not canaries_in(said), said
    assert not (tmp_path / "out").exists() or not songs(tmp_path / "out")
    assert not songs(tmp_path / "tmp")


def test_j1_wrap_dump_and_deidentify_sing_nothing(run, study, tmp_path):
    for kind in ("jpeg", "png", "tiff"):
        wrapped = tmp_path / "wrapped" / f"{kind}.dcm"
        code, said = run("dicom", "wrap", study / f"{kind}_photo.{kind}", "--out", wrapped, "--patient-id", "P1")
        assert code == 0 and not canaries_in(said), said
    assert len(list((tmp_path / "wrapped").iterdir())) == 3 and not songs(tmp_path / "wrapped")
    code, said = run("dicom", "dump", study / "one.dcm", "--json")
    assert code == 0 and not canaries_in(said)
    salt = tmp_path / "salt"
    salt.write_bytes(b"a secret of some length")
    code, said = run("dicom", "deidentify", study, "--out", tmp_path / "clean", "--salt-file", salt)
    assert code == 6 and not canaries_in(said), said
    # one file has a name, in capitals, where a coded word belongs: such words stay
    assert len(songs(tmp_path / "clean")) == 1
    (copy, *_) = (path for path in (tmp_path / "clean").iterdir())
    assert np.array_equal(read_image(copy).pixels, read_image(study / "one.dcm").pixels)


def test_j1_evaluate_and_compare_sing_nothing(run, tmp_path):
    folder = tmp_path / FOLDER
    folder.mkdir()
    luck = np.random.default_rng(0)
    classes = ("akiec", "bcc", "bkl", "df", "mel", "nv", "vasc")
    rows = [",".join(["image_id", "dx", "lesion_id", "patient_name", "born", *classes])]
    for index in range(70):
        scores = luck.dirichlet(np.ones(7))
        rows.append(",".join([f"i{index}", classes[index % 7], f"l{index}", NAME, DATES[1], *map(str, scores)]))
    (folder / "predictions.csv").write_text("\n".join(rows), encoding="utf-8")
    people = [f"i{index},{30 + index % 40},{('male', 'female')[index % 2]},{NAME},{UID}" for index in range(70)]
    (folder / "people.csv").write_text("\n".join(["image_id,age,sex,name,uid", *people]), encoding="utf-8")
    words = ("evaluate", folder / "predictions.csv", "--people", folder / "people.csv", "--out", tmp_path / "out")
    code, said = run(*words, "--name", "model", "--resamples", 20)
    assert code == 0, said
    assert not canaries_in(said) and not songs(tmp_path / "out") and not songs(tmp_path / "tmp")


def test_j1_a_name_that_a_file_has_stays_where_results_are_named_after_it(run, tmp_path):
    """What a person calls a file is the name of its results; it is not searched for anything."""
    picture = tmp_path / f"{TEXT}.png"
    stream = io.BytesIO()
    Image.fromarray(lesion()).save(stream, "PNG")
    picture.write_bytes(stream.getvalue())
    code, said = run("predict", picture, "--task", "segmentation", "--out", tmp_path / "out", *OUT, "--quiet")
    assert code == 0 and not canaries_in(said)
    named = {"masks", "overlays", "predictions.csv", "report.html"}
    assert {path.split("/")[0] for path in songs(tmp_path / "out")} <= named
