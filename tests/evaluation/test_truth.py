# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Truth tables as the data sets publish them."""

from __future__ import annotations

import pytest

from monai_skin.errors import InvalidInputError
from monai_skin.evaluation import Truth, read_truth


def table(folder, text):
    path = folder / "truth.csv"
    path.write_text(text)
    return path


def test_the_metadata_of_ham10000_is_a_truth_table(tmp_path):
    path = table(tmp_path, "lesion_id,image_id,dx,dx_type\nHAM_1,ISIC_1,bkl,histo\nHAM_2,ISIC_2,mel,histo\n")
    assert read_truth(path) == {"ISIC_1": Truth("bkl", "HAM_1"), "ISIC_2": Truth("mel", "HAM_2")}


def test_the_ground_truth_of_isic_2019_is_a_truth_table(tmp_path):
    path = table(tmp_path, "image,MEL,NV,BCC,AK,BKL,DF,VASC,SCC,UNK\nA,0.0,1.0,0,0,0,0,0,0,0\nB,0,0,0,0,0,0,0,0,1\n")
    assert read_truth(path) == {"A": Truth("nv"), "B": Truth("")}


def test_names_of_diagnoses_become_codes(tmp_path):
    assert read_truth(table(tmp_path, "image_id,dx\nA,Nevus\nB,\n")) == {"A": Truth("nv"), "B": Truth("")}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("image_id,dx\n", "truth.csv: table has no rows; expected a row an image"),
        (
            "file,dx\na,nv\n",
            "truth.csv: header lacks image_id, image and case_id; expected one of them beside file, dx",
        ),
        ("image,site\na,back\n", "truth.csv: header lacks dx; expected a column dx, or one column a class"),
        ("image,dx\n,nv\n", "truth.csv row 2: column image is empty; expected the id of an image"),
        ("image,dx\na,nv\na,nv\n", "truth.csv row 3: column image repeats 'a' of row 2; expected one row an image"),
        ("image,dx\na,nevis\n", "truth.csv row 2: column dx is 'nevis' .did you mean"),
        ("image,MEL,NV\na,1,1\n", "truth.csv row 2: class columns mark 2 classes; expected exactly one 1 among zeros"),
        ("image,MEL,NV\na,0,0\n", "truth.csv row 2: class columns mark 0 classes"),
        ("image,MEL,NV\na,0.5,0.5\n", "truth.csv row 2: column mel is '0.5'; expected 0 or 1"),
    ],
)
def test_what_cannot_be_read_is_named_by_row_and_column(tmp_path, text, message):
    with pytest.raises(InvalidInputError, match=f"^{message}"):
        read_truth(table(tmp_path, text))
