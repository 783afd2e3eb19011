# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""SCIN by tables made by hand in its published form: which cases and pictures are used, and what is said of them."""

from __future__ import annotations

import csv

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monai_skin.data import (
    ScinSelection,
    check_dataset,
    count_left_out,
    describe_items,
    load_datalist,
    read_dataset,
    read_scin,
    select_scin,
    split_cases,
)
from monai_skin.errors import IntegrityError, InvalidInputError
from monai_skin.labels import VOCABULARIES

PARTS = (
    "head_or_neck", "arm", "palm", "back_of_hand", "torso_front", "torso_back", "genitalia_or_groin", "buttocks", "leg",
    "foot_top_or_side", "foot_sole", "other",
)  # fmt: skip
CASE_COLUMNS = (
    "case_id", "source", "age_group", "sex_at_birth", *(f"body_parts_{part}" for part in PARTS), "image_1_path",
    "image_2_path", "image_3_path",
)  # fmt: skip
TYPES = tuple(f"dermatologist_fitzpatrick_skin_type_label_{n}" for n in (1, 2, 3))
LABEL_COLUMNS = (
    "case_id", "dermatologist_gradable_for_skin_condition_1", "dermatologist_skin_condition_on_label_name",
    "weighted_skin_condition_label", *TYPES,
)  # fmt: skip
NAMES = {
    "eczema": "Eczema", "acd": "Allergic Contact Dermatitis", "urticaria": "Urticaria", "insect_bite": "Insect Bite",
    "psoriasis": "Psoriasis",
}  # fmt: skip


def write(path, columns, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)


def publish(folder, *cases, inside="dataset"):
    """Tables as Google publishes them; a case is its weights, the names of its pictures, and further cells."""
    rows, labels = [], []
    for number, (weights, pictures, *more) in enumerate(cases, start=1):
        cells = more[0] if more else {}
        case_id = cells.get("case_id", f"-10{number}")
        paths = {f"image_{n}_path": f"dataset/images/{name}.png" for n, name in enumerate(pictures, start=1)}
        rows.append(
            {"case_id": case_id, "source": "SCIN", **paths} | {k: v for k, v in cells.items() if k in CASE_COLUMNS}
        )
        label = {"case_id": case_id, "weighted_skin_condition_label": weights}
        labels.append(label | {k: v for k, v in cells.items() if k in LABEL_COLUMNS})
    write(folder / inside / "scin_cases.csv", CASE_COLUMNS, rows)
    write(folder / inside / "scin_labels.csv", LABEL_COLUMNS, labels)
    return folder


def picture(folder, name, content):
    path = folder / "dataset" / "images" / f"{name}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def test_a_case_is_of_its_heaviest_condition_and_each_of_its_pictures_is_an_item(tmp_path):
    publish(tmp_path, ("{'Urticaria': 0.25, 'Insect Bite': 0.75}", ["11", "12", "13"]))
    items = read_dataset(tmp_path)
    assert items == read_scin(tmp_path, [])
    assert [item["image_id"] for item in items] == ["11", "12", "13"]
    assert {item["dx"] for item in items} == {"insect_bite"} and {item["label"] for item in items} == {3}
    assert {(item["case_id"], item["lesion_id"], item["patient_id"]) for item in items} == {("-101",) * 3}
    assert items[0]["image"] == str(tmp_path / "dataset" / "images" / "11.png")


@pytest.mark.parametrize(("code", "name"), NAMES.items())
def test_the_five_conditions_have_their_own_codes(tmp_path, code, name):
    publish(tmp_path, (repr({name: 1.0}), ["1"]), inside=".")
    (item,) = read_scin(tmp_path)
    assert (item["dx"], item["label"]) == (code, VOCABULARIES["scin"].index(code))


def test_ties_other_conditions_and_cases_without_a_condition_or_picture_are_left_out_and_counted(tmp_path):
    selection = select_scin(
        publish(
            tmp_path,
            ("{'Eczema': 0.5, 'Tinea': 0.5}", ["1"]),
            ("{'Eczema': 0.33, 'Psoriasis': 0.33, 'Tinea': 0.34}", ["2"]),
            ("{}", ["3"]),
            ("", ["4"]),
            ("{'Psoriasis': 1.0}", []),
            ("{'Eczema': 0.4, 'Psoriasis': 0.3, 'Tinea': 0.3}", ["5", "6"]),
        )
    )
    assert isinstance(selection, ScinSelection)
    assert [item["image_id"] for item in selection.items] == ["5", "6"]
    assert selection.left_out == count_left_out(tmp_path) == {
        "cases whose largest weight is shared": 1,
        "cases of other conditions": 1,
        "cases without a condition": 2,
        "cases without a picture": 1,
    }  # fmt: skip
    assert selection.classes == {
        "eczema": (1, 2),
        **dict.fromkeys(("acd", "urticaria", "insect_bite", "psoriasis"), (0, 0)),
    }


def test_a_picture_of_two_cases_of_one_class_is_kept_once_and_the_two_are_one_patient(tmp_path):
    publish(tmp_path, ("{'Eczema': 1.0}", ["1", "2"]), ("{'Eczema': 0.9}", ["1", "3"]), ("{'Eczema': 0.9}", ["4"]))
    selection = select_scin(tmp_path)
    assert [(item["image_id"], item["case_id"], item["patient_id"]) for item in selection.items] == [
        ("1", "-101", "-101"), ("2", "-101", "-101"), ("3", "-102", "-101"), ("4", "-103", "-103"),
    ]  # fmt: skip
    assert selection.left_out == {"pictures that are there twice": 1}
    assert selection.classes["eczema"] == (3, 5), "as published, before the rule"
    sections = split_cases(selection.items, 0.5)
    assert [{item["case_id"] for item in part} & {"-101", "-102"} for part in sections.values()].count(set()) == 2


@pytest.mark.parametrize("other", ["{'Psoriasis': 1.0}", "{'Tinea': 1.0}", "{'Eczema': 0.5, 'Tinea': 0.5}"])
def test_a_picture_that_is_called_two_things_is_kept_in_neither_case(tmp_path, other):
    publish(tmp_path, ("{'Eczema': 1.0}", ["1", "2"]), (other, ["1"]))
    selection = select_scin(tmp_path)
    assert [item["image_id"] for item in selection.items] == ["2"]
    assert selection.left_out["pictures of two conditions"] == 1 + ("Psoriasis" in other)


def test_the_same_bytes_under_two_names_are_the_same_picture(tmp_path):
    publish(tmp_path, ("{'Eczema': 1.0}", ["1"]), ("{'Eczema': 1.0}", ["2"]), ("{'Eczema': 1.0}", ["3"]))
    for name, content in (("1", b"same"), ("2", b"same"), ("3", b"else")):
        picture(tmp_path, name, content)
    selection = select_scin(tmp_path)
    assert [item["image_id"] for item in selection.items] == ["1", "3"]
    assert selection.left_out == {"pictures that are there twice": 1}


def test_what_is_said_of_the_person_is_put_into_our_words(tmp_path):
    cells = {
        "age_group": "AGE_30_TO_39",
        "sex_at_birth": "FEMALE",
        "body_parts_palm": "YES",
        "body_parts_foot_sole": "YES",
    }
    several = {"age_group": "AGE_80_OR_ABOVE", "sex_at_birth": "OTHER_OR_UNSPECIFIED", "body_parts_arm": "YES"}
    several |= {"body_parts_leg": "YES"}
    publish(
        tmp_path,
        ("{'Eczema': 1.0}", ["1"], cells | dict(zip(TYPES, ("FST3", "FST2", "FST3")))),
        ("{'Eczema': 1.0}", ["2"], several | dict(zip(TYPES, ("FST1", "FST2")))),
        ("{'Eczema': 1.0}", ["3"], {"age_group": "AGE_UNKNOWN", "body_parts_buttocks": "YES"}),
    )
    fields = ("age", "age_group", "sex", "site", "fitzpatrick")
    assert [tuple(item[field] for field in fields) for item in read_scin(tmp_path)] == [
        (None, "30–39", "female", "palms/soles", "III"),
        (None, "80+", "unknown", "unknown", "unknown"),
        (None, "unknown", "unknown", "unknown", "unknown"),
    ]
    facts = describe_items(read_scin(tmp_path))
    assert facts["fitzpatrick"]["images"] == [0, 0, 1, 0, 0, 0, 2]
    assert dict(zip(facts["age_group"]["values"], facts["age_group"]["images"])) == {"30–39": 1, "80+": 1, "unknown": 1}


@pytest.mark.parametrize(
    ("cells", "weights", "message"),
    [
        ({}, "__import__('os').getcwd()", r"is \"__import__\('os'\)\.getcwd\(\)\"; expected a dictionary of "),
        ({}, "{'Eczema': '1'}", "expected a dictionary of conditions and weights above 0"),
        ({}, "{'Eczema': -1}", "expected a dictionary"),
        ({}, "{'Eczema': 1e999}", "expected a dictionary"),
        ({}, "['Eczema']", "expected a dictionary"),
        ({}, "(" * 9_000, "expected a dictionary"),
        ({}, "{" + "'Eczema': 1, " * 5_000 + "}", "expected a dictionary"),
        ({"age_group": "AGE_0_TO_5"}, "{}", "age_group is 'AGE_0_TO_5'; expected one of AGE_18_TO_29, AGE_30_TO_39, "),
        ({"sex_at_birth": "MLAE"}, "{}", "sex_at_birth is 'MLAE'"),
        ({TYPES[1]: "FST7"}, "{}", f"{TYPES[1]} is 'FST7'; expected FST1 to FST6, or empty"),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_used_is_named_with_row_and_case_and_the_others_are_read(
    tmp_path, cells, weights, message
):
    publish(tmp_path, ("{'Eczema': 1.0}", ["1"]), (weights, ["2"], cells))
    with pytest.raises(InvalidInputError, match=rf"^scin_labels\.csv row 3, -102: .*{message}"):
        read_scin(tmp_path)
    problems: list[InvalidInputError] = []
    assert [item["image_id"] for item in read_scin(tmp_path, problems)] == ["1"]
    assert [problem.source for problem in problems] == ["-102"]


def test_tables_of_different_cases_are_refused(tmp_path):
    publish(tmp_path, ("{'Eczema': 1.0}", ["1"]))
    write(tmp_path / "dataset" / "scin_labels.csv", LABEL_COLUMNS, [{"case_id": "other"}])
    with pytest.raises(
        IntegrityError, match="SCIN: tables differ in 2 cases: -101, other; expected the same cases in both"
    ):
        read_scin(tmp_path)


def test_what_the_two_published_tables_do_not_say_is_missed_by_name(tmp_path):
    with pytest.raises(
        InvalidInputError, match=r"tables are not both there; expected scin_cases\.csv and scin_labels\.csv"
    ):
        select_scin(tmp_path)
    publish(tmp_path, ("{'Eczema': 1.0}", ["1"]))
    write(tmp_path / "dataset" / "scin_labels.csv", ("case_id", *TYPES), [])
    with pytest.raises(InvalidInputError, match="header lacks weighted_skin_condition_label"):
        read_scin(tmp_path)


pools = st.lists(
    st.tuples(st.sampled_from([*NAMES.values(), "Tinea", ""]), st.lists(st.integers(0, 12), max_size=3, unique=True)),
    min_size=1,
    max_size=14,
)


@settings(deadline=None, max_examples=25)
@given(pools)
def test_no_picture_is_kept_twice_or_under_two_conditions_and_all_pictures_are_accounted_for(tmp_path_factory, cases):
    folder = tmp_path_factory.mktemp("scin")
    publish(folder, *((repr({name: 1.0}) if name else "{}", [str(shot) for shot in shots]) for name, shots in cases))
    items, classes, left_out = select_scin(folder, [])
    names = [item["image_id"] for item in items]
    assert len(set(names)) == len(names)
    called = {}
    for name, shots in cases:
        for shot in shots:
            called.setdefault(str(shot), set()).update([name] if name else [])
    assert set(names) == {shot for shot, found in called.items() if len(found) == 1 and found <= set(NAMES.values())}
    dropped = sum(count for reason, count in left_out.items() if reason.startswith("pictures"))
    assert len(items) + dropped == sum(pictures for _, pictures in classes.values())
    assert not [
        finding for finding in check_dataset(items, pictures=False).findings if finding.kind == "conflicting_rows"
    ]


def test_a_bundle_gets_its_sections_by_case(tmp_path):
    cases = [(repr({name: 1.0}), [f"{code}{n}a", f"{code}{n}b"]) for code, name in NAMES.items() for n in range(10)]
    publish(tmp_path, *cases)
    parts = {
        name: load_datalist(tmp_path, name, split="cases", train_ratio=0.7, seed=3)
        for name in ("training", "validation", "test")
    }
    assert {name: len(part) for name, part in parts.items()} == {"training": 60, "validation": 10, "test": 30}
    cases_in = [{item["case_id"] for item in part} for part in parts.values()]
    assert sum(map(len, cases_in)) == len(set.union(*cases_in)) == 50
