# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""What is in a data set, counted: against another library on a table made by hand, and what must always add up."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monai_skin.data import AGE_DECADES, describe_items, describe_sections, distinct_items, share_of
from monai_skin.errors import InvalidInputError

ROWS = [  # image, lesion, class, age, sex, site, how the diagnosis was made
    ("a", "L1", "mel", 45.0, "male", "back", "histo"),
    ("b", "L1", "mel", 45.0, "male", "back", "histo"),
    ("c", "L1", "mel", 45.0, "male", "back", "histo"),
    ("d", "L2", "nv", 0.0, "female", "abdomen", "follow_up"),
    ("e", "L3", "nv", 9.0, "female", "unknown", "consensus"),
    ("f", "L3", "nv", 10.0, "unknown", "back", ""),
    ("g", "", "nv", None, "female", "foot", "histo"),
    ("h", "L4", "vasc", 90.0, "male", "foot", "consensus"),
    ("i", "L5", "", 120.0, "unknown", "unknown", "consensus"),
]
TABLE = pd.DataFrame(ROWS, columns=["image_id", "lesion_id", "dx", "age", "sex", "site", "dx_type"])
TABLE["dx"] = TABLE["dx"].replace("", "unknown")
DX_TYPES = {row[0]: row[-1] for row in ROWS}


def item(image_id, lesion="", dx="nv", age=None, sex="unknown", site="unknown", patient=""):
    return {
        "image": f"{image_id}.jpg", "image_id": image_id, "lesion_id": lesion, "patient_id": patient,
        "dx": dx, "age": age, "sex": sex, "site": site,
    }  # fmt: skip


ITEMS = [item(*row[:6]) for row in ROWS]


@pytest.fixture
def facts():
    return describe_items(ITEMS, DX_TYPES)


def as_frame(table):
    """A cross table as pandas makes one, without what does not occur."""
    frame = pd.DataFrame(table["by_class"], index=table["values"])
    return frame[frame.sum(axis=1) > 0].rename_axis(index="value", columns="dx")


def by_pandas(values):
    return pd.crosstab(values.rename("value"), TABLE["dx"])


@pytest.mark.parametrize("field", ["sex", "site"])
def test_sex_and_site_by_class_are_those_of_pandas(facts, field):
    pd.testing.assert_frame_equal(as_frame(facts[field]), by_pandas(TABLE[field]), check_like=True, check_dtype=False)


def test_age_bands_by_class_are_those_of_pandas(facts):
    edges = [*range(0, 100, 10), 200]
    bands = pd.cut(TABLE["age"], edges, right=False, labels=AGE_DECADES[:-1]).astype(object).fillna("unknown")
    pd.testing.assert_frame_equal(as_frame(facts["age"]), by_pandas(bands), check_like=True, check_dtype=False)


def test_the_ways_to_a_diagnosis_are_those_of_pandas_and_only_told_where_the_table_has_them(facts):
    values = TABLE["dx_type"].replace("", "unknown")
    pd.testing.assert_frame_equal(as_frame(facts["dx_type"]), by_pandas(values), check_like=True, check_dtype=False)
    assert facts["dx_type"]["values"][-1] == "unknown"
    assert describe_items(ITEMS)["dx_type"] is None


def test_classes_are_those_of_pandas_in_the_order_of_the_vocabulary(facts):
    assert {row["dx"]: row["images"] for row in facts["classes"]} == TABLE["dx"].value_counts().to_dict()
    assert [row["dx"] for row in facts["classes"]] == ["mel", "nv", "vasc", "unknown"]
    assert [row["lesions"] for row in facts["classes"]] == [1, 3, 1, 1]
    assert facts["classes"][0]["name"] == "melanoma"
    assert facts["classes"][0]["share"] == share_of(3, 9) == 0.333333


def test_lesions_are_counted_by_their_images(facts):
    sizes = TABLE[TABLE["lesion_id"] != ""].groupby("lesion_id").size().value_counts()
    assert {row["images"]: row["lesions"] for row in facts["images_per_lesion"]} == sizes.to_dict()
    assert facts["lesions"] == 6, "five by name and one image that names none"
    assert facts["patients"] is None
    assert facts["several_images"]["lesions"] == 2
    assert facts["several_images"]["images"] == 5
    assert facts["several_images"]["largest"][0] == {"lesion_id": "L1", "images": 3}


def test_what_is_missing_is_counted_and_an_age_of_0_is_not(facts):
    assert {row["field"]: row["images"] for row in facts["missing"]} == {"age": 1, "sex": 2, "site": 2}
    assert facts["missing"][0]["by_class"] == {"mel": 0, "nv": 1, "vasc": 0, "unknown": 0}


def test_a_lesion_with_two_diagnoses_is_told_of():
    facts = describe_items([item("a", "L1", "mel"), item("b", "L1", "nv")])
    assert facts["several_images"]["two_diagnoses"] == ["L1: dx is mel in a and nv in b; expected one diagnosis"]


def test_patients_are_counted_where_they_are_known():
    assert describe_items([item("a", patient="P1"), item("b", patient="P1"), item("c", patient="P2")])["patients"] == 2


def test_sections_have_their_shares_and_an_overlap_is_found():
    sections = {"training": ITEMS[:4], "test": ITEMS[4:]}
    facts = describe_sections(sections)
    training, test = facts["sections"]
    assert (training["images"], training["lesions"], training["share"]) == (4, 2, 0.444444)
    assert training["classes"] == {"mel": 3, "nv": 1, "vasc": 0, "unknown": 0}
    assert test["class_shares"] == {"mel": 0.0, "nv": 0.6, "vasc": 0.2, "unknown": 0.2}
    assert facts["overlap"] == {"lesions": 0, "patients": 0, "images": 0, "found": []}
    leaking = describe_sections({"training": ITEMS[:2], "test": ITEMS[1:4]})["overlap"]
    assert (leaking["lesions"], leaking["patients"], leaking["images"]) == (1, 0, 1)
    assert leaking["found"][0] == "L1: lesion_id is in training (a) and test (b); expected one section"


def test_an_image_that_is_listed_twice_counts_once():
    assert [one["image_id"] for one in distinct_items([*ITEMS[:2], ITEMS[0] | {"dx": "df"}])] == ["a", "b"]
    assert distinct_items([ITEMS[0], ITEMS[0] | {"dx": "df"}])[0]["dx"] == "mel"


@pytest.mark.parametrize(
    "field, value, words",
    [
        ("dx", ["mel"], "item 1: dx is list; expected text"),
        ("sex", None, "item 1: sex is NoneType; expected text"),
        ("age", "old", "a: age is old; expected a number of years from 0 to 120, or empty"),
    ],
)
def test_a_list_with_other_values_is_refused(field, value, words):
    with pytest.raises(InvalidInputError) as caught:
        distinct_items([item("a") | {field: value}])
    assert str(caught.value) == words


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["", "L1", "L2", "L3"]),
            st.sampled_from(["mel", "nv", "", "<b>"]),
            st.none() | st.floats(0, 120),
            st.sampled_from(["male", "female", "unknown", "other"]),
            st.sampled_from(["back", "foot", "unknown"]),
        ),
        max_size=12,
    )
)
def test_every_count_adds_up_to_the_images(rows):
    items = [item(str(number), *row) for number, row in enumerate(rows)]
    facts = describe_items(items, {})
    of_class = {row["dx"]: row["images"] for row in facts["classes"]}
    assert sum(of_class.values()) == facts["images"] == len(rows)
    for name in ("age", "sex", "site", "dx_type"):
        assert sum(facts[name]["images"]) == len(rows)
        assert {dx: sum(counts) for dx, counts in facts[name]["by_class"].items()} == of_class
    for row in facts["missing"]:
        assert sum(row["by_class"].values()) == row["images"]
    named = sum(row["images"] * row["lesions"] for row in facts["images_per_lesion"])
    assert named == sum(bool(row[0]) for row in rows)
    sections = describe_sections({"training": items[::2], "test": items[1::2]})["sections"]
    assert sum(section["images"] for section in sections) == len(rows)
    assert all(sum(section["classes"].values()) == section["images"] for section in sections)
