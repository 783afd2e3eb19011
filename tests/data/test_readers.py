# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Readers: the published tables in full, and small copies of the published folders."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from monai_skin.data import (
    DATASET_KINDS,
    make_item,
    read_dataset,
    read_dermoscopy_folder,
    read_ham10000,
    read_isic2017,
    read_isic2019,
    read_isic_task1,
    read_pad_ufes_20,
)
from monai_skin.errors import IntegrityError, InvalidInputError, UsageError


@pytest.fixture
def tables(data_root, tmp_path):
    def copy(*names):
        for name in names:
            shutil.copy(data_root / "tables" / name, tmp_path)
        return tmp_path

    return copy


def missing(items):
    return tuple(
        sum(item[key] == word for item in items)
        for key, word in zip(("age", "sex", "site"), (None, "unknown", "unknown"))
    )


def counts(items):
    return dict(Counter(item["dx"] for item in items))


def test_ham10000_has_the_published_counts(tables):
    items = read_ham10000(tables("HAM10000_metadata.csv"))
    assert len(items) == 10_015
    assert len({item["lesion_id"] for item in items}) == 7_470
    assert counts(items) == {"akiec": 327, "bcc": 514, "bkl": 1_099, "df": 115, "mel": 1_113, "nv": 6_705, "vasc": 142}
    assert missing(items) == (57, 57, 234)


def test_ham10000_agrees_with_another_reader_row_by_row(tables):
    folder = tables("HAM10000_metadata.csv")
    table = pd.read_csv(folder / "HAM10000_metadata.csv")
    items = read_dataset(folder)
    assert [item["image_id"] for item in items] == table.image_id.tolist()
    assert [item["site"] for item in items] == table.localization.tolist()
    assert [item["age"] for item in items] == [None if pd.isna(age) else age for age in table.age]


def test_isic_2019_has_the_published_counts_with_the_downsampled_in_it(tables):
    items = read_isic2019(tables("ISIC_2019_Training_GroundTruth.csv", "ISIC_2019_Training_Metadata.csv"))
    assert len(items) == 25_331
    assert sum(item["image_id"].endswith("_downsampled") for item in items) == 2_074
    assert counts(items) == {
        "mel": 4_522, "nv": 12_875, "bcc": 3_323, "ak": 867, "bkl": 2_624, "df": 239, "vasc": 253, "scc": 628,
    }  # fmt: skip
    assert missing(items) == (437, 384, 2_631)


def test_isic_2017_keeps_its_own_sections(tables):
    items = read_isic2017(
        tables(
            "ISIC2017_Training_Part3_GroundTruth.csv",
            "ISIC-2017_Validation_Part3_GroundTruth.csv",
            "ISIC-2017_Test_v2_Part3_GroundTruth.csv",
        )
    )
    assert Counter(item["section"] for item in items) == {"training": 2_000, "validation": 150, "test": 600}
    assert counts(items[:2_000]) == {"mel": 374, "sk": 254, "nv": 1_372}


def test_pad_ufes_20_has_the_published_counts(tables):
    items = read_pad_ufes_20(tables("PAD-UFES-20_metadata.csv"))
    assert len(items) == 2_298
    assert len({item["patient_id"] for item in items}) == 1_373
    assert len({item["lesion_id"] for item in items}) == 1_641
    assert counts(items) == {"bcc": 845, "ak": 730, "nv": 244, "sk": 235, "scc": 192, "mel": 52}
    assert missing(items) == (0, 804, 0)


def test_pad_ufes_20_says_skin_types_and_signs_as_pandas_counts_them(tables):
    folder = tables("PAD-UFES-20_metadata.csv")
    items = read_pad_ufes_20(folder)
    table = pd.read_csv(folder / "PAD-UFES-20_metadata.csv")
    types = table.fitspatrick.map(dict(enumerate(("I", "II", "III", "IV", "V", "VI"), start=1))).fillna("unknown")
    assert [item["fitzpatrick"] for item in items] == types.tolist()
    for sign in ("itch", "grew", "hurt", "changed", "bleed", "elevation"):
        answers = table[sign].astype(str).map({"True": "yes", "False": "no", "UNK": "unknown"})
        assert [item[sign] for item in items] == answers.tolist()


def test_a_sign_or_skin_type_that_pad_ufes_20_does_not_use_is_named(tmp_path):
    header = "img_id,patient_id,lesion_id,age,diagnostic,gender,region,fitspatrick,itch\n"
    (tmp_path / "metadata.csv").write_text(header + "a.png,P,L,50,NEV,,BACK,2.0,maybe\nb.png,P,L,50,NEV,,BACK,9,True\n")
    problems: list[InvalidInputError] = []
    assert read_pad_ufes_20(tmp_path, problems) == []
    assert [str(problem) for problem in problems] == [
        "metadata.csv row 2, a: itch is 'maybe'; expected True, False, UNK, or empty",
        "metadata.csv row 3, b: fitspatrick is '9'; expected 1 to 6, I to VI, or empty",
    ]


def test_the_real_folders_are_recognised_and_every_picture_is_found(data_root):
    for name, count in {"ham10000": 557, "dermoscopy_seg": 341, "clinical": 114}.items():
        items = read_dataset(data_root / name)
        assert len(items) == count
        assert all(Path(item["image"]).exists() for item in items)
    assert all("mask" in item for item in read_dermoscopy_folder(data_root / "dermoscopy_seg"))


PATIENTS = "image,age_approx,anatom_site_general,lesion_id,sex\n"
HEADER = "lesion_id,image_id,dx,dx_type,age,sex,localization\n"


def tree(folder, *names, **texts):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    for name, text in texts.items():
        (folder / name).write_text(text)


def test_the_official_folders_of_ham10000_are_understood(tmp_path):
    tree(
        tmp_path,
        "HAM10000_images_part_1/ISIC_1.jpg",
        "HAM10000_images_part_2/ISIC_2.jpg",
        "HAM10000_segmentations_lesion_tschandl/HAM10000_segmentations_lesion_tschandl/ISIC_2_segmentation.png",
        HAM10000_metadata=HEADER + "L1,ISIC_1,nv,histo,45.0,male,back\nL2,ISIC_2,mel,histo,,unknown,unknown\n",
    )
    first, second = read_dataset(tmp_path)
    assert first["image"].endswith("part_1/ISIC_1.jpg")
    assert "mask" not in first
    assert second["image"].endswith("part_2/ISIC_2.jpg")
    assert second["mask"].endswith("ISIC_2_segmentation.png")
    assert (second["label"], second["age"], second["sex"], second["site"]) == (4, None, "unknown", "unknown")


def test_a_picture_that_is_not_there_keeps_its_row(tmp_path):
    (tmp_path / "metadata.csv").write_text(HEADER + "L1,ISIC_1,nv,histo,45.0,male,back\n")
    (item,) = read_dataset(tmp_path)
    assert item["image"] == str(tmp_path / "images" / "ISIC_1.jpg")


def test_b1_an_unknown_site_in_a_table_is_refused_with_row_column_and_nearest_name(tmp_path):
    rows = "L1,ISIC_1,nv,histo,45.0,male,back\nL2,ISIC_2,nv,histo,45.0,male,torsoo\nL3,ISIC_3,nv,histo,-3,male,back\n"
    (tmp_path / "metadata.csv").write_text(HEADER + rows)
    with pytest.raises(
        InvalidInputError, match=r"metadata\.csv row 3, ISIC_2: localization is 'torsoo' \(did you mean '.* torso'\?\)"
    ):
        read_dataset(tmp_path)
    problems: list[InvalidInputError] = []
    items = read_dataset(tmp_path, problems=problems)
    assert [item["image_id"] for item in items] == ["ISIC_1"]
    assert [problem.source for problem in problems] == ["ISIC_2", "ISIC_3"]


@pytest.mark.parametrize("age", ["-3", "121", "forty"])
def test_an_impossible_age_in_a_table_is_refused_with_row_and_column(tmp_path, age):
    rows = f"L1,ISIC_1,nv,histo,45.0,male,back\nL2,ISIC_2,nv,histo,{age},male,back\n"
    (tmp_path / "metadata.csv").write_text(HEADER + rows)
    wanted = rf"^metadata\.csv row 3, ISIC_2: age is {age}; expected a number of years from 0 to 120, or empty$"
    with pytest.raises(InvalidInputError, match=wanted) as caught:
        read_dataset(tmp_path)
    assert (caught.value.source, caught.value.field) == ("ISIC_2", "age")


@pytest.mark.parametrize("column", HEADER.strip().split(","))
def test_a_column_that_ham10000_lacks_is_named_beside_those_it_has(tmp_path, column):
    names = [name for name in HEADER.strip().split(",") if name != column]
    (tmp_path / "metadata.csv").write_text(",".join(names) + "\n")
    if column == "dx_type":
        assert read_ham10000(tmp_path) == [], "how a diagnosis was made is not needed"
        return
    with pytest.raises(InvalidInputError, match=rf"^metadata\.csv: header lacks {column}; expected it beside "):
        read_ham10000(tmp_path)


@pytest.mark.parametrize(
    ("images", "masks", "ending"),
    [
        ("ISBI2016_ISIC_Part1_Training_Data", "ISBI2016_ISIC_Part1_Training_GroundTruth", "_Segmentation"),
        ("ISIC-2017_Training_Data", "ISIC-2017_Training_Part1_GroundTruth", "_segmentation"),
        ("ISIC2018_Task1-2_Training_Input", "ISIC2018_Task1_Training_GroundTruth", "_segmentation"),
    ],
)
def test_task_1_pairs_go_together_by_name(tmp_path, images, masks, ending):
    tree(tmp_path, f"{images}/ISIC_10.jpg", f"{images}/ISIC_9.jpg", f"{images}/ISIC_9_superpixels.png")
    tree(tmp_path, f"{masks}/ISIC_9{ending}.png")
    first, second = read_dataset(tmp_path)
    assert (first["image_id"], second["image_id"]) == ("ISIC_9", "ISIC_10")
    assert first["mask"].endswith(f"ISIC_9{ending}.png")
    assert "mask" not in second
    assert read_isic_task1(tmp_path) == [first, second]


def test_isic_2017_takes_ages_and_masks_from_where_they_were_published(tmp_path):
    tree(tmp_path, "ISIC-2017_Training_Data/ISIC_1.jpg", "ISIC-2017_Training_Part1_GroundTruth/ISIC_1_segmentation.png")
    (tmp_path / "ISIC-2017_Training_Data" / "ISIC-2017_Training_Data_metadata.csv").write_text(
        "image_id,age_approximate,sex\nISIC_1,35,female\n"
    )
    table = tmp_path / "ISIC-2017_Training_Part3_GroundTruth.csv"
    table.write_text("image_id,melanoma,seborrheic_keratosis\nISIC_1,0.0,1.0\n")
    (item,) = read_dataset(tmp_path)
    assert (item["dx"], item["age"], item["sex"], "mask" in item) == ("sk", 35.0, "female", True)
    table.write_text("image_id,melanoma,seborrheic_keratosis\nISIC_1,1,1\n")
    with pytest.raises(InvalidInputError, match="ISIC_1: classes are 1 in 2 columns; expected exactly one of melanoma"):
        read_dataset(tmp_path)


def test_isic_2019_tables_that_do_not_belong_together_are_refused(tmp_path):
    head = "image,MEL,NV,BCC,AK,BKL,DF,VASC,SCC,UNK\n"
    tree(
        tmp_path,
        **{
            "ISIC_2019_Training_GroundTruth.csv": head + "a,1,0,0,0,0,0,0,0,0\nb,0,0,0,0,0,0,0,0,1\n",
            "ISIC_2019_Training_Metadata.csv": PATIENTS + "a,30,head/neck,,male\n",
        },
    )
    with pytest.raises(IntegrityError, match="tables differ in 1 images: b; expected the same images in both"):
        read_dataset(tmp_path)
    (tmp_path / "ISIC_2019_Training_Metadata.csv").write_text(PATIENTS + "a,30,head/neck,,male\nb,,,,\n")
    first, second = read_dataset(tmp_path)
    assert (first["dx"], first["site"]) == ("mel", "head/neck")
    assert (second["dx"], "label" in second) == ("", False)


def test_a_folder_of_nothing_known_and_a_kind_nobody_knows_are_refused(tmp_path):
    with pytest.raises(InvalidInputError, match="holds no known data set; expected one of ham10000"):
        read_dataset(tmp_path)
    with pytest.raises(InvalidInputError, match="nope: folder does not exist"):
        read_dataset(tmp_path / "nope")
    with pytest.raises(UsageError, match="kind is 'isic2027'; expected one of"):
        read_dataset(tmp_path, "isic2027")


@pytest.mark.parametrize("kind", DATASET_KINDS)
def test_every_reader_says_what_it_misses(tmp_path, kind):
    with pytest.raises(InvalidInputError, match=r"was not found|are not both there|holds no images"):
        read_dataset(tmp_path, kind)


def test_an_item_always_has_the_same_keys():
    assert make_item("a.jpg", "a") == {
        "image": "a.jpg", "image_id": "a", "lesion_id": "", "patient_id": "", "dx": "", "age": None, "sex": "unknown",
        "site": "unknown",
    }  # fmt: skip
