# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""What MONAI's own commands make of the diagnosis bundles, and whether their configs agree with themselves."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import pytest
import torch
from monai.bundle import ckpt_export, onnx_export, verify_metadata, verify_net_in_out

from monai_skin.io import save_weights, sha256_of
from monai_skin.labels import VOCABULARIES
from tests.bundles.diagnosis import NETWORKS, build, configs, merged

every_bundle = pytest.mark.parametrize("name", sorted(NETWORKS))


@every_bundle
def test_monai_verifies_the_metadata(name):
    schema = Path(__file__).parents[2] / "monai_skin" / "pipeline" / "schemas" / "metadata.schema.json"
    stated = {"hash_val": sha256_of(schema), "hash_type": "sha256"}
    verify_metadata(meta_file=str(configs(name) / "metadata.json"), filepath=str(schema), **stated)


@every_bundle
def test_monai_verifies_the_networks_input_and_output_at_the_smallest_size(name):
    files = {"meta_file": str(configs(name) / "metadata.json"), "config_file": str(configs(name) / "inference.json")}
    verify_net_in_out(net_id="network_def", device="cpu", **files, **NETWORKS[name])


@every_bundle
@pytest.mark.parametrize("kind", [pytest.param("onnx", marks=pytest.mark.slow), "torchscript"])
def test_monai_exports_the_network_and_the_export_gives_the_same_logits(name, kind, tmp_path):
    files = {"meta_file": str(configs(name) / "metadata.json"), "config_file": str(configs(name) / "inference.json")}
    network = build(name, "inference.json", **NETWORKS[name])
    save_weights(tmp_path / "weights.pt", network.state_dict())
    given = {"net_id": "network_def", "ckpt_file": str(tmp_path / "weights.pt"), **files, **NETWORKS[name]}
    image = torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    target = tmp_path / f"model.{kind}"
    if kind == "onnx":
        onnx_export(filepath=str(target), input_shape=[1, 3, 64, 64], **given)
        session = onnxruntime.InferenceSession(target, providers=["CPUExecutionProvider"])
        logits = torch.from_numpy(session.run(None, {session.get_inputs()[0].name: image.numpy()})[0])
    else:
        ckpt_export(filepath=str(target), key_in_ckpt="", **given)
        logits = torch.jit.load(str(target)).eval()(image)
    with torch.no_grad():
        torch.testing.assert_close(logits, network(image), atol=1e-3, rtol=1e-3)


@every_bundle
@pytest.mark.parametrize("file", ["train.json", "inference.json"])
def test_every_number_can_be_set_on_the_command_line(name, file):
    text = (configs(name) / file).read_text()
    numbers = [
        key
        for key, value in json.loads(text).items()
        if isinstance(value, int | float | list) and key not in ("handlers", "initialize", "run")
    ]
    assert len(numbers) > (10 if file == "train.json" else 4)
    assert [key for key in numbers if not any(f"@{key}{end}" in text for end in '"),')] == []


@every_bundle
def test_the_numbers_of_classes_and_sites_agree_wherever_they_stand(name):
    codes, config = VOCABULARIES["ham10000"], merged(name, "train.json")
    metadata = json.loads((configs(name) / "metadata.json").read_text())
    stated = metadata["network_data_format"]["outputs"]["pred"]["channel_def"]
    assert list(stated.values()) == list(codes)
    assert config["network_def#num_classes"] == len(config["class_counts"]) == len(codes)
    assert merged(name, "inference.json")["vocabulary"] == "ham10000"
    assert config.get("network_def").get("num_sites", 0) == len(config.get("sites", []))


@every_bundle
def test_the_metadata_states_the_range_of_values_the_network_sees(name):
    picture = np.zeros((128, 160, 3), np.uint8)
    picture[:, 80:] = 255
    item = {"image": cv2.imencode(".png", picture)[1].tobytes(), "image_id": "a", "age": None, "sex": "", "site": ""}
    prepared = merged(name, "inference.json").get_parsed_content("preprocessing")(item)
    stated = json.loads((configs(name) / "metadata.json").read_text())["network_data_format"]["inputs"]
    low, high = stated["image"]["value_range"]
    assert low == pytest.approx(float(prepared["image"].min()), abs=0.1) and low <= prepared["image"].min()
    assert high == pytest.approx(float(prepared["image"].max()), abs=0.1) and high >= prepared["image"].max()
