# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Vocabularies and the parsing of ages, sexes, sites and diagnoses."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monai_skin import labels
from monai_skin.errors import InvalidInputError

MISSING = ["", " ", "unknown", "UNKNOWN", "NA", "n/a", "nan", "NaN", "None"]


def test_every_class_of_every_data_set_is_a_known_diagnosis():
    for vocabulary in labels.VOCABULARIES.values():
        assert set(vocabulary) <= set(labels.DIAGNOSES)
        assert len(set(vocabulary)) == len(vocabulary)


def test_the_ham10000_classes_count_in_alphabetical_order():
    assert labels.VOCABULARIES["ham10000"] == ("akiec", "bcc", "bkl", "df", "mel", "nv", "vasc")
    assert labels.label_of("mel", "ham10000") == 4


def test_no_two_data_sets_have_the_same_classes_so_a_table_of_predictions_tells_which_it_is_of():
    assert len({frozenset(codes) for codes in labels.VOCABULARIES.values()}) == len(labels.VOCABULARIES)


def test_the_classes_of_photographs_are_those_of_their_papers_and_none_is_a_cancer():
    names = [labels.DIAGNOSES[code].name for code in labels.VOCABULARIES["scin"]]
    assert names == ["eczema", "allergic contact dermatitis", "urticaria", "insect bite", "psoriasis"]
    tropical = labels.VOCABULARIES["mind_the_skin"]
    assert [labels.parse_diagnosis(word) for word in ("Buruli Ulcer", "LEPROSY", "mycetoma", "Scabies", "yaws")] == [
        *tropical
    ]
    assert not any(labels.DIAGNOSES[code].malignant for code in (*labels.VOCABULARIES["scin"], *tropical))


def test_the_five_groups_of_derm7pt_are_known_by_the_names_of_its_authors():
    groups = [labels.parse_diagnosis(word) for word in ("BCC", "NEV", "MEL", "MISC", "SK")]
    assert tuple(groups) == labels.VOCABULARIES["derm7pt"]


def test_a_submission_has_every_class_and_2019_one_for_all_others():
    classes = {name: set(labels.VOCABULARIES[name]) for name in labels.SUBMISSIONS}
    assert {name: set(order) - classes[name] for name, order in labels.SUBMISSIONS.items()} == {
        "ham10000": set(),
        "isic2019": {"unk"},
    }
    assert all(
        classes[name] <= set(order) and len(set(order)) == len(order) for name, order in labels.SUBMISSIONS.items()
    )


def test_snomed_codes_are_digits_and_name_one_thing_each():
    things = [*labels.DIAGNOSES.values(), *labels.SITES.values()]
    codes = [thing.snomed for thing in things if thing.snomed]
    assert all(code.isdecimal() for code in codes)
    assert len(set(codes)) == len(codes)


def test_snomed_codes_agree_with_the_dicom_dictionary():
    from pydicom.sr.codedict import codes

    assert labels.DIAGNOSES["psoriasis"].snomed == codes.SCT.Psoriasis.value
    assert labels.DIAGNOSES["eczema"].snomed == codes.SCT.Eczema.value
    assert labels.DIAGNOSES["scc"].snomed == codes.SCT.SquamousCellCarcinomaOfSkin.value
    assert labels.DIAGNOSES["ak"].snomed == codes.SCT.ActinicKeratosis.value
    for site, code in {"back": "Back", "face": "Face", "scalp": "Scalp", "trunk": "Trunk", "lip": "Lip"}.items():
        assert labels.SITES[site].snomed == getattr(codes.SCT, code).value


def test_b1_an_unknown_site_is_refused_with_the_nearest_known_name():
    with pytest.raises(
        InvalidInputError, match=r"row 118: column site is 'torsoo' \(did you mean 'posterior torso'\?\)"
    ):
        labels.parse_site("torsoo", source="row 118", field="column site", names=["posterior torso", "back"])
    with pytest.raises(
        InvalidInputError, match=r"is 'scapl' \(did you mean 'scalp'\?\); expected a name in labels.SITES"
    ):
        labels.parse_site("scapl")


def test_b1_a_site_like_no_other_is_refused_without_a_guess():
    with pytest.raises(InvalidInputError, match=r"site is 'xyzzy'; expected a name in labels.SITES, or 'unknown'"):
        labels.parse_site("xyzzy")


@pytest.mark.parametrize("word", MISSING)
def test_b2_missing_is_a_value_of_its_own(word):
    assert labels.parse_age(word) is None
    assert labels.parse_sex(word) == labels.UNKNOWN
    assert labels.parse_site(word) == labels.UNKNOWN
    assert labels.parse_diagnosis(word) == ""


def test_b2_age_zero_is_an_age():
    assert labels.parse_age("0") == labels.parse_age("0.0") == labels.parse_age(0) == 0.0
    assert labels.parse_age(None) is labels.parse_age(math.nan) is None


@pytest.mark.parametrize(("text", "years"), [("006M", 0.5), ("012W", 0.23), ("100D", 0.274), ("034Y", 34), ("000D", 0)])
def test_b3_dicom_ages_become_years(text, years):
    assert labels.parse_age_string(text) == pytest.approx(years, abs=0.005)


@settings(deadline=None)
@given(st.integers(0, 998), st.sampled_from("DWMY"))
def test_b3_more_of_a_unit_is_never_younger(number, unit):
    def years(count: int) -> float:
        try:
            return labels.parse_age_string(f"{count:03d}{unit}") or 0.0
        except InvalidInputError:
            return math.inf

    assert years(number) <= years(number + 1)
    assert years(number) <= labels.MAX_AGE or years(number) == math.inf


@pytest.mark.parametrize("text", ["", "  ", None, "\0"])
def test_b3_an_empty_age_is_missing(text):
    assert labels.parse_age_string(text) is None


@pytest.mark.parametrize("text", ["6M", "34", "034y", "999Y", "-3", "0034Y", "034X", "03 Y", "٠٣٤Y", "unknown"])
def test_b4_an_age_of_the_wrong_form_or_out_of_range_is_refused(text):
    with pytest.raises(InvalidInputError, match="PatientAge is"):
        labels.parse_age_string(text, source="object 7")


@pytest.mark.parametrize("value", ["-3", "121", "inf", "-inf", "34Y", "abc", -0.5])
def test_b4_an_impossible_number_of_years_is_refused(value):
    with pytest.raises(InvalidInputError, match=r"isic_1: age_approx is .*; expected a number of years from 0 to 120"):
        labels.parse_age(value, source="isic_1", field="age_approx")


@pytest.mark.parametrize(
    ("word", "sex"), [("F", "female"), ("Female", "female"), ("MALE", "male"), ("m", "male"), ("O", "unknown")]
)
def test_sexes_are_read_in_any_spelling_of_the_data_sets_and_of_dicom(word, sex):
    assert labels.parse_sex(word) == sex


def test_another_word_for_a_sex_is_refused():
    with pytest.raises(InvalidInputError, match=r"sex is 'femal' \(did you mean 'female'\?\)"):
        labels.parse_sex("femal")


@pytest.mark.parametrize(
    ("word", "code"),
    [("MEL", "mel"), ("ACK", "ak"), ("NEV", "nv"), ("SEK", "sk"), ("seborrheic_keratosis", "sk"), ("Melanoma", "mel")],
)
def test_diagnoses_are_read_in_the_words_of_every_data_set(word, code):
    assert labels.parse_diagnosis(word) == code


def test_a_diagnosis_outside_a_data_set_is_refused_with_its_classes():
    with pytest.raises(InvalidInputError, match="a1: dx is 'scc'; expected one of akiec, bcc"):
        labels.label_of("scc", "ham10000", source="a1")


@given(st.sampled_from(sorted(labels.SITES)), st.sampled_from([str.upper, str.title, lambda text: f"  {text} "]))
def test_sites_are_read_in_any_case(site, write):
    assert labels.parse_site(write(site)) == site
    assert labels.SITES[site].name == site
