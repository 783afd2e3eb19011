# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""What age, sex and site did, as a table."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from ignite.engine import Engine

from monai_skin.engines import Bfloat16Inferer
from monai_skin.errors import InvalidInputError, UsageError
from monai_skin.handlers import WriteClinicalValues
from monai_skin.interpretability import clinical_grid
from monai_skin.io import read_table
from monai_skin.labels import VOCABULARIES
from tests.interpretability.small_classifiers import image_metadata, patients

CLASSES = VOCABULARIES["ham10000"]
SCALE = {"age_mean": 50.0, "age_std": 20.0, "sites": ["back", "face", "foot", "hand", "scalp"]}


@pytest.fixture(scope="module")
def network():
    made = image_metadata("cross_attention")
    for table in made.modules():  # as large as after a training
        if isinstance(table, torch.nn.Embedding):
            torch.nn.init.normal_(table.weight)
    return made


def items_of(network, count=2):
    inputs = {name: value for name, value in patients(count).items() if name != "segmented"}
    with torch.no_grad():
        answers = network(**inputs).softmax(dim=1)
    return [
        {"image_id": f"lesion_{number}", "pred": answers[number], **{key: inputs[key][number] for key in inputs}}
        for number in range(count)
    ]


def write(network, folder, items, **given):
    handler = WriteClinicalValues(folder=str(folder), network=network, vocabulary="ham10000", **{**SCALE, **given})
    engine = Engine(lambda engine, batch: batch)
    handler.attach(engine)
    engine.run([items])
    return read_table(folder / "clinical.csv") if (folder / "clinical.csv").is_file() else None


def mean_over(network, image, rows):
    with torch.no_grad():
        return network(image.expand(len(rows), -1, -1, -1), rows).softmax(dim=1).double().mean(dim=0).numpy()


def test_base_and_values_lead_from_other_people_to_the_prediction(network, tmp_path):
    items = items_of(network, 3)
    rows = write(network, tmp_path, items)
    for item, row in zip(items, rows, strict=True):
        index = int(item["pred"].argmax())
        assert (row["image_id"], row["class"]) == (item["image_id"], CLASSES[index])
        base, age, sex, site, total = (float(row[name]) for name in ("base", "age", "sex", "site", "sum"))
        assert base == pytest.approx(mean_over(network, item["image"], clinical_grid(**SCALE))[index], abs=1e-5)
        assert total == pytest.approx(float(item["pred"][index]), abs=1e-5)
        assert base + age + sex + site == pytest.approx(total, abs=3e-6)
    assert max(abs(float(row[name])) for row in rows for name in ("age", "sex", "site")) > 1e-3


def test_another_class_and_other_people_may_be_taken(network, tmp_path):
    (tmp_path / "people.csv").write_text("age,sex,site\n30,female,face\n,,\n")
    people = torch.tensor([[-1.0, 0.0, 1.0, 2.0], [0.0, 1.0, 0.0, 0.0]])
    (item,) = items_of(network, 1)
    (row,) = write(network, tmp_path, [item], target="mel", background=str(tmp_path / "people.csv"))
    index = CLASSES.index("mel")
    assert row["class"] == "mel"
    assert float(row["base"]) == pytest.approx(mean_over(network, item["image"], people)[index], abs=1e-5)
    assert float(row["sum"]) == pytest.approx(float(item["pred"][index]), abs=1e-5)


def test_probabilities_are_calibrated_as_the_predictions_are(network, tmp_path):
    words = {"format": 1, "kind": "temperature", "fitted_on": "phantoms", "images": 1, "classes": list(CLASSES)}
    (tmp_path / "half.json").write_text(json.dumps({**words, "temperature": 0.5}))
    (item,) = items_of(network, 1)
    (row,) = write(network, tmp_path, [item], calibration=str(tmp_path / "half.json"))
    squares = item["pred"].double().numpy() ** 2  # 1 / 0.5 is 2
    assert float(row["sum"]) == pytest.approx((squares / squares.sum()).max(), abs=1e-5)


def test_values_are_computed_in_the_precision_of_the_prediction(network, tmp_path):
    inferer = Bfloat16Inferer(anywhere=True)
    plain = items_of(network, 1)[0]
    with torch.no_grad():
        answer = inferer(plain["image"][None], network, plain["clinical"][None]).softmax(dim=1)[0]
    rounded = float((answer - plain["pred"]).abs().max())
    (row,) = write(network, tmp_path, [{**plain, "pred": answer}], inferer=inferer)
    assert rounded > 1e-4, "bfloat16 shows"
    assert float(row["sum"]) == pytest.approx(float(answer.max()), abs=rounded / 10)


def test_unusable_items_are_left_out(network, tmp_path):
    good, other = items_of(network)
    broken = {"image_id": "broken", "error": "cannot be read"}
    rows = write(network, tmp_path, [broken, {**other, "pred": other["pred"] * np.nan}, good])
    assert [row["image_id"] for row in rows] == ["lesion_0"]


def test_a_network_without_metadata_has_no_table_and_an_earlier_one_goes(network, tmp_path):
    plain = image_metadata("none")
    assert write(plain, tmp_path, items_of(plain)) is None
    write(network, tmp_path, items_of(network))
    with pytest.raises(UsageError, match=r"holds clinical\.csv already"):
        write(plain, tmp_path, items_of(plain))
    assert write(plain, tmp_path, items_of(plain), overwrite=True) is None


def test_a_number_that_rounds_to_nothing_has_no_sign(network, tmp_path, monkeypatch):
    handler = WriteClinicalValues(folder=str(tmp_path), network=network, vocabulary="ham10000", **SCALE)
    monkeypatch.setattr(handler, "_values", lambda *_: torch.tensor([0.5, -1e-9, -0.25, 0.0, 0.25]))
    items = items_of(network, 1)
    handler._take_batch(SimpleNamespace(state=SimpleNamespace(batch=items, output=items)))
    assert [handler.rows[0][name] for name in ("age", "sex")] == ["0.000000", "-0.250000"]


@pytest.mark.parametrize(
    ("given", "kind", "message"),
    [
        ({"target": "wart"}, UsageError, "target is 'wart'; expected one of akiec"),
        ({"vocabulary": "ham"}, UsageError, "vocabulary is 'ham'"),
        ({"background": "nowhere.csv"}, InvalidInputError, "nowhere.csv"),
        ({"calibration": "nowhere.json"}, InvalidInputError, "nowhere.json"),
    ],
)
def test_what_cannot_be_used_is_refused_before_the_run(given, kind, message, network, tmp_path):
    words = {"folder": str(tmp_path), "network": network, "vocabulary": "ham10000", **SCALE}
    with pytest.raises(kind, match=message):
        WriteClinicalValues(**{**words, **given})
