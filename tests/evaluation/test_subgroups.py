# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Groups of people against pandas, and what must hold of any report."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monai_skin.errors import IntegrityError, InvalidInputError, UsageError
from monai_skin.evaluation import (
    AGE_BANDS,
    ATTRIBUTES,
    SUBGROUP_SCORES,
    Group,
    Person,
    SubgroupReport,
    age_band,
    bootstrap,
    subgroup_report,
)
from monai_skin.labels import SEXES
from tests.evaluation.models import CLASSES, make_model

PARTS = (*ATTRIBUTES, "sex+age")


def make_people(model, seed=0):
    draw = np.random.default_rng(seed)
    return {
        image_id: Person(
            age=None if draw.random() < 0.1 else float(draw.integers(0, 100)),
            sex=str(draw.choice(SEXES)),
            site=str(draw.choice(["back", "face", "unknown", "arm"])),
            fitzpatrick=str(draw.choice(["I", "IV", "unknown"])),
        )
        for image_id in model.image_ids
    }


def groups_of(report: SubgroupReport, attribute: str) -> dict[str, Group]:
    return {group.name: group for group in report.groups if group.attribute == attribute}


def test_scores_and_counts_are_those_pandas_finds():
    model = make_model(images=200, lesions=90)
    people = make_people(model)
    guess = model.probabilities.argmax(axis=1)  # of the three classes only the first, melanoma, is malignant
    table = pd.DataFrame(
        {
            "sex": [people[one].sex for one in model.image_ids],
            "lesion": model.lesion_ids,
            "malignant": model.truth == 0,
            "called": guess == 0,
            "right": guess == model.truth,
        }
    )
    report = subgroup_report(model, people, resamples=2)
    for name, rows in table.groupby("sex"):
        group = groups_of(report, "sex")[name]
        assert (group.images, group.lesions) == (len(rows), rows["lesion"].nunique())
        assert group.class_counts["mel"] == rows["malignant"].sum()
        values = {score: found.value for score, found in group.scores.items()}
        assert values["accuracy"] == pytest.approx(rows["right"].mean())
        assert values["selection_rate"] == pytest.approx(rows["called"].mean())
        assert values["true_positive_rate"] == pytest.approx(rows["called"][rows["malignant"]].mean())
        assert values["false_positive_rate"] == pytest.approx(rows["called"][~rows["malignant"]].mean())
    rates = table[table["malignant"]].groupby("sex")["called"].mean()
    gap = report.gaps[0]
    assert (gap.attribute, gap.kind, gap.left_out) == ("sex", "equal_opportunity", ())
    assert gap.estimate.value == pytest.approx(rates.max() - rates.min())
    assert (gap.highest, gap.lowest) == (rates.idxmax(), rates.idxmin())


def test_a_group_of_everyone_has_the_intervals_of_the_whole():
    model = make_model(images=80, lesions=30)
    people = dict.fromkeys(model.image_ids, Person(sex="male"))
    ours = groups_of(subgroup_report(model, people, ["sex"], resamples=100, seed=5), "sex")["male"].scores
    whole = bootstrap([model], resamples=100, seed=5)[0]
    for score in ("accuracy", "balanced_accuracy", "macro_f1", "malignant_auc", "expected_calibration_error"):
        assert ours[score] == pytest.approx(whole.estimate(score)), score


@settings(deadline=None, max_examples=6)
@given(st.integers(1, 60), st.integers(0, 100))
def test_every_image_is_in_one_group_of_each_attribute(images, seed):
    model = make_model(images=max(images, len(CLASSES)), seed=seed)
    report = subgroup_report(model, make_people(model, seed), PARTS, resamples=1)
    for attribute in PARTS:
        groups = groups_of(report, attribute).values()
        assert sum(group.images for group in groups) == report.images == len(model.image_ids)
        assert all(sum(group.class_counts.values()) == group.images for group in groups)


def test_people_of_unknown_sex_and_missing_age_are_groups_too():
    model = make_model(images=40)
    report = subgroup_report(model, dict.fromkeys(model.image_ids, Person()), ["sex", "age", "sex+age"], resamples=1)
    assert {name: group.images for name, group in groups_of(report, "sex").items()} == {
        "female": 0,
        "male": 0,
        "unknown": 40,
    }
    assert tuple(groups_of(report, "age")) == AGE_BANDS and groups_of(report, "age")["missing"].images == 40
    assert list(groups_of(report, "sex+age")) == ["unknown, missing"]


def test_an_empty_group_is_shown_without_scores():
    model = make_model(images=40)
    people = dict.fromkeys(model.image_ids, Person(fitzpatrick="II"))
    found = groups_of(subgroup_report(model, people, ["fitzpatrick"], resamples=7), "fitzpatrick")
    assert list(found) == ["I", "II", "III", "IV", "V", "VI", "unknown"]
    assert tuple(found["VI"].scores) == SUBGROUP_SCORES and found["VI"].few
    assert all(math.isnan(each.value) and each.skipped == 7 for each in found["VI"].scores.values())


def test_sites_stand_by_name_with_the_unknown_last():
    model = make_model(images=60)
    assert list(groups_of(subgroup_report(model, make_people(model), ["site"], resamples=1), "site")) == [
        "arm",
        "back",
        "face",
        "unknown",
    ]


def test_the_ends_of_age_bands_belong_to_the_upper_one():
    ages = (0, 29.9, 30, 44, 45, 59, 60, 74, 75, 120, None)
    bands = ("<30", "<30", "30-44", "30-44", "45-59", "45-59", "60-74", "60-74", ">=75", ">=75", "missing")
    assert tuple(age_band(age) for age in ages) == bands


def test_copied_groups_have_no_gap():
    # each lesion has one image of a woman and the same of a man
    model = make_model(images=80, lesions=40)
    twice = model.take(np.tile(np.arange(80), 2))
    twice = replace(twice, image_ids=tuple(map(str, range(160))))
    people = {str(index): Person(sex="female" if index < 80 else "male") for index in range(160)}
    for gap in subgroup_report(twice, people, ["sex"], resamples=50).gaps:
        no_gap = 1 if gap.kind == "selection_rate_ratio" else 0
        assert gap.estimate == (no_gap, no_gap, no_gap, 0), gap.kind
        assert gap.left_out == ("unknown",)


def test_copies_of_other_lesions_have_no_gap_and_an_interval_around_it():
    model = make_model(images=60)
    twice = model.take(np.tile(np.arange(60), 2))
    names = tuple(map(str, range(120)))
    people = {name: Person(sex="female" if int(name) < 60 else "male") for name in names}
    report = subgroup_report(replace(twice, image_ids=names, lesion_ids=names), people, ["sex"], resamples=100)
    gap = report.gaps[0].estimate
    assert gap.value == 0 and gap.low < 0 < gap.high


def test_e8_a_group_of_three_is_shown_with_its_interval_and_marked_and_in_no_gap():
    model = make_model(images=120)
    people = {one: Person(sex=SEXES[index % 2]) for index, one in enumerate(model.image_ids)}
    people |= dict.fromkeys(model.image_ids[:3], Person())
    report = subgroup_report(model, people, ["sex"], resamples=200)
    three = groups_of(report, "sex")["unknown"]
    assert three.images == 3 and three.few
    assert three.scores["accuracy"].low <= three.scores["accuracy"].value <= three.scores["accuracy"].high
    assert three.scores["accuracy"].skipped > 0  # some resamples drew none of them
    for gap in report.gaps:
        assert gap.left_out == ("unknown",) and {gap.highest, gap.lowest} == {"female", "male"}
    assert any("fewer than 10" in note for note in report.notes)


def test_a_group_needs_both_malignant_and_benign_images_to_count():
    model = make_model(images=60)
    truth = np.array([0] * 10 + [1] * 10 + [0] * 9 + [1] * 31)  # 10 and 10, then 9 and 31
    people = {one: Person(sex="female" if index < 20 else "male") for index, one in enumerate(model.image_ids)}
    few = [
        {name for name, group in groups_of(report, "sex").items() if group.few}
        for report in (
            subgroup_report(replace(model, truth=truth), people, ["sex"], resamples=1, min_count=count)
            for count in (9, 10, 11)
        )
    ]
    assert few == [{"unknown"}, {"male", "unknown"}, {"female", "male", "unknown"}]


def test_e7_a_group_of_one_lesion_has_scores_and_no_interval():
    model = make_model(images=60)
    model = replace(model, lesion_ids=("x",) * 30 + model.lesion_ids[30:])
    people = {one: Person(sex="female" if index < 30 else "male") for index, one in enumerate(model.image_ids)}
    report = subgroup_report(model, people, ["sex"], resamples=50, min_count=1)
    one = groups_of(report, "sex")["female"]
    assert one.lesions == 1 and math.isfinite(one.scores["accuracy"].value)
    assert all(math.isnan(found.low) and math.isnan(found.high) for found in one.scores.values())
    assert math.isfinite(groups_of(report, "sex")["male"].scores["accuracy"].low)
    for gap in report.gaps:
        assert math.isfinite(gap.estimate.value) and math.isnan(gap.estimate.low)


def test_e7_patients_are_resampled_where_each_image_names_its_own():
    model = make_model(images=60)
    lesions = subgroup_report(model, dict.fromkeys(model.image_ids, Person(sex="male")), ["sex"], resamples=50)
    one = dict.fromkeys(model.image_ids, Person(sex="male", patient_id="p"))
    patients = subgroup_report(model, one, ["sex"], resamples=50)
    assert (lesions.unit, patients.unit) == ("lesion", "patient")
    first, second = (groups_of(report, "sex")["male"] for report in (lesions, patients))
    assert first.lesions == second.lesions == 60
    assert first.scores["accuracy"].value == second.scores["accuracy"].value
    assert math.isfinite(first.scores["accuracy"].low) and math.isnan(second.scores["accuracy"].low)
    one[model.image_ids[0]] = Person(sex="male")
    assert subgroup_report(model, one, ["sex"], resamples=50).unit == "lesion"


def test_the_order_of_the_rows_changes_nothing():
    model = make_model(images=90, lesions=40)
    people = make_people(model)
    moved = model.take(np.random.default_rng(0).permutation(90))
    first, second = (subgroup_report(one, people, PARTS, resamples=20) for one in (model, moved))
    assert repr(first) == repr(second)  # as text, since NaN is not equal to itself


def test_the_same_seed_gives_the_same_report_and_another_one_other_intervals():
    model = make_model(images=90)
    people = make_people(model)
    first, again, other = (subgroup_report(model, people, resamples=20, seed=seed) for seed in (1, 1, 2))
    assert repr(first) == repr(again)
    male = [groups_of(report, "sex")["male"].scores["accuracy"] for report in (first, other)]
    assert male[0].value == male[1].value and male[0].low != male[1].low


def test_a_note_says_where_the_data_do_not_hold_skin_tone():
    model = make_model(images=30)
    people = dict.fromkeys(model.image_ids, Person())
    assert any("No image has a Fitzpatrick skin type" in note for note in subgroup_report(model, people).notes)
    people[model.image_ids[0]] = Person(fitzpatrick="V")
    assert not any("Fitzpatrick" in note for note in subgroup_report(model, people).notes)


def test_what_makes_no_sense_is_refused():
    model = make_model(images=30)
    people = make_people(model)
    wanted = "expected any of sex, age, site, fitzpatrick, or several joined by [+]"
    for attribute in ("race", "sex+", "sex+sex"):
        with pytest.raises(UsageError, match=f"attribute is '{attribute.replace('+', '[+]')}'; {wanted}"):
            subgroup_report(model, people, [attribute])
    with pytest.raises(UsageError, match="attributes are sex, sex; expected each once"):
        subgroup_report(model, people, ["sex", "sex"])
    with pytest.raises(UsageError, match="resamples is 0 and min_count 10; expected 1 or more of both"):
        subgroup_report(model, people, resamples=0)
    with pytest.raises(InvalidInputError, match="people: images lack 29 of the images judged, such as i001; expected"):
        subgroup_report(model, {"i000": Person()})
    with pytest.raises(InvalidInputError, match="predictions: truth holds classes -1 to 2"):
        subgroup_report(replace(model, truth=np.array([-1, *model.truth[1:]])), people)
    lesion = model.lesion_ids[0]
    two = {one: Person(patient_id=one) for one in model.image_ids}
    with pytest.raises(IntegrityError, match=f"{lesion}: patient_id is 'i000' and 'i001'; expected one patient a"):
        subgroup_report(replace(model, lesion_ids=(lesion,) * 30), two)
