# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Tables of predictions: read, matched image by image, written."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from monai_skin.errors import InvalidInputError, UsageError
from monai_skin.evaluation import Truth, align, read_predictions, write_predictions
from monai_skin.labels import VOCABULARIES
from tests.evaluation.models import make_model

GOOD = "image_id,lesion_id,dx,mel,nv,sk\nA,L1,nv,0.2,0.7,0.1\nB,,mel,0.6,0.3,0.1\n"


def table(folder, text=GOOD, name="model.csv"):
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


def test_a_table_is_read_with_its_truth_and_lesions(tmp_path):
    found = read_predictions(table(tmp_path))
    assert (found.name, found.classes, found.image_ids) == ("model", ("mel", "nv", "sk"), ("A", "B"))
    assert found.lesion_ids == ("L1", "B")  # an image of no known lesion is one of its own
    assert found.truth.tolist() == [1, 0] and found.probabilities.tolist() == [[0.2, 0.7, 0.1], [0.6, 0.3, 0.1]]


def test_columns_may_stand_in_any_order_and_case(tmp_path):
    found = read_predictions(table(tmp_path, "SK,image,MEL,NV,dx\n0.1,A,0.2,0.7,NV\n"))
    assert found.classes == ("mel", "nv", "sk") and found.probabilities.tolist() == [[0.2, 0.7, 0.1]]


@pytest.mark.parametrize("vocabulary", sorted(VOCABULARIES))
def test_the_classes_decide_which_data_set_it_is(tmp_path, vocabulary):
    codes = VOCABULARIES[vocabulary]
    cells = ["1"] + ["0"] * (len(codes) - 1)
    text = f"image_id,dx,{','.join(codes)}\nA,{codes[0]},{','.join(cells)}\n"
    assert read_predictions(table(tmp_path, text)).classes == codes


def test_a_model_is_called_after_its_folder_where_the_file_says_nothing(tmp_path):
    assert read_predictions(table(tmp_path, name="run7/predictions.csv")).name == "run7"
    assert read_predictions(table(tmp_path), name="mine").name == "mine"


def test_a_separate_truth_goes_first_and_may_know_the_lesion(tmp_path):
    found = read_predictions(table(tmp_path), truth={"A": Truth("sk", "L9"), "Z": Truth("nv")})
    assert found.truth.tolist() == [2, 0] and found.lesion_ids == ("L9", "B")


def test_an_image_that_no_truth_holds_is_named(tmp_path):
    path = table(tmp_path, "image_id,mel,nv,sk\nA,0.2,0.7,0.1\n")
    with pytest.raises(InvalidInputError, match="model.csv row 2: image is 'A'; expected an image of the table of the"):
        read_predictions(path, truth={"B": Truth("nv")})


def test_without_need_the_truth_may_be_absent(tmp_path):
    path = table(tmp_path, "image_id,mel,nv,sk\nA,0.2,0.7,0.1\n")
    found = read_predictions(path, need_truth=False)
    assert found.truth.tolist() == [-1]
    write_predictions(tmp_path / "again.csv", found)
    assert read_predictions(tmp_path / "again.csv", need_truth=False).truth.tolist() == [-1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("image_id,mel,nv,sk\nA,0.2,0.7,0.1\n", "model.csv: header lacks dx; expected it, or a table of the truth"),
        ("file,dx,mel,nv,sk\nA,nv,0.2,0.7,0.1\n", "model.csv: header lacks image_id, image and case_id"),
        ("image_id,dx,mel,nv\nA,nv,0.3,0.7\n", "model.csv: class columns are mel, nv; expected those of ham10000"),
        (GOOD.replace("B,", "A,"), "model.csv row 3: column image_id repeats 'A' of row 2"),
        (GOOD.replace("0.7", "x"), "model.csv row 2: column nv is 'x'; expected a probability from 0 to 1"),
        (GOOD.replace("0.7", "nan"), "model.csv row 2: column nv is 'nan'; expected a probability from 0 to 1"),
        (GOOD.replace("0.7", "inf"), "model.csv row 2: column nv is 'inf'; expected a probability from 0 to 1"),
        (GOOD.replace("0.7", "-0.7"), "model.csv row 2: column nv is '-0.7'; expected a probability from 0 to 1"),
        (GOOD.replace("0.7", "0.6"), "model.csv row 2: probabilities add up to 0.9; expected 1"),
        (GOOD.replace("L1,nv", "L1,df"), "model.csv row 2: truth is 'df'; expected one of mel, nv, sk"),
        (GOOD.replace("L1,nv", "L1,"), "model.csv row 2: truth is 'unknown'; expected one of mel, nv, sk"),
    ],
)
def test_what_cannot_be_used_is_named_by_row_and_column(tmp_path, text, message):
    with pytest.raises(InvalidInputError, match=f"^{message}"):
        read_predictions(table(tmp_path, text))


def test_what_is_written_is_read_back(tmp_path):
    model = make_model("m", 20, lesions=8)
    write_predictions(tmp_path / "m.csv", model)
    again = read_predictions(tmp_path / "m.csv")
    assert again.image_ids == model.image_ids and again.lesion_ids == model.lesion_ids
    assert (again.truth == model.truth).all() and np.abs(again.probabilities - model.probabilities).max() < 1e-6


def test_models_are_brought_into_one_order():
    first = make_model("a", 10)
    order = np.random.default_rng(1).permutation(10)
    moved = align([first, make_model("b", 10, seed=3).take(order)])[1]
    assert moved.image_ids == first.image_ids
    assert (moved.probabilities == make_model("b", 10, seed=3).probabilities).all()


def test_a_table_without_lesions_takes_them_from_another():
    first = make_model("a", 10, lesions=4)
    bare = replace(make_model("b", 10, lesions=4), lesion_ids=first.image_ids)
    assert align([bare, first])[0].lesion_ids == first.lesion_ids


def test_what_models_disagree_on_is_named():
    first = make_model("a", 4)
    other = first.having(first.probabilities, "b")
    with pytest.raises(UsageError, match="b: images are not those of a: 1 are in one of the two only, such as i003"):
        align([first, other.take([0, 1, 2])])
    with pytest.raises(UsageError, match="b: classes are nv, mel, sk; expected those of a"):
        align([first, replace(other, classes=("nv", "mel", "sk"))])
    with pytest.raises(InvalidInputError, match="i000: truth is 'sk' in b and 'mel' in a; expected the same in both"):
        align([first, replace(other, truth=np.array([2, *first.truth[1:]]))])
    with pytest.raises(InvalidInputError, match="i000: lesion_id is 'ilesion0' in a and 'x' in b"):
        align([first, replace(other, lesion_ids=("x", *first.lesion_ids[1:]))])


def test_of_each_lesion_the_first_image_is_kept():
    model = replace(make_model("a", 4), lesion_ids=("x", "y", "x", "y")).take([3, 2, 1, 0])
    assert model.one_image_a_lesion().image_ids == ("i001", "i000")
