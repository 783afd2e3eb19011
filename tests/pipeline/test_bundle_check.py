# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The static check over whole bundles."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from monai_skin.errors import InvalidInputError, UnsafeArtefactError
from monai_skin.io import sha256_of
from monai_skin.pipeline import BundleReport, Finding, check_bundle
from monai_skin.pipeline.checks.files import canonical_logging
from tests.small_bundle import WEIGHTS, edit, make_bundle


@pytest.fixture(scope="module")
def good_bundle(tmp_path_factory):
    return make_bundle(tmp_path_factory.mktemp("bundles") / "good")


@pytest.fixture
def bundle(good_bundle, tmp_path):
    return shutil.copytree(good_bundle, tmp_path / "bundle")


def config(bundle: Path, name: str = "inference.json") -> Path:
    return bundle / "configs" / name


def refused(bundle: Path, severity: str) -> list[str]:
    report = check_bundle(bundle)
    return [str(finding) for finding in report.findings if finding.severity == severity]


def canary(tmp_path: Path) -> tuple[Path, str]:
    return tmp_path / "canary", f"__import__('pathlib').Path({str(tmp_path / 'canary')!r}).touch()"


def test_a_good_bundle_has_no_findings(bundle):
    report = check_bundle(bundle)
    assert report.findings == ()
    assert report.exit_code == 0
    report.raise_if_refused()


@pytest.mark.parametrize(
    "target",
    ["subprocess.getoutput", "open", "eval", "monai.apps.download_url", "torch.hub.load", "$open", "@a", 7, ["open"]],
)
def test_c6_a_target_outside_the_list_is_unsafe_and_never_called(bundle, tmp_path, target):
    file, _ = canary(tmp_path)
    edit(config(bundle), inferer={"_target_": target, "cmd": f"touch {file}", "file": str(file), "mode": "w"})
    found = refused(bundle, "unsafe")
    assert found[0].startswith("inference.json, inferer: _target_ is ")
    assert all(finding.startswith("inference.json, inferer") for finding in found), "told once, where it stands"
    assert not file.exists()
    with pytest.raises(UnsafeArtefactError, match=r"bundle: inference\.json, inferer"):
        check_bundle(bundle).raise_if_refused()


def test_c6_a_target_is_found_wherever_it_hides(bundle):
    evil = {"_target_": "os.system", "command": "true"}
    edit(config(bundle, "train.json"), loss={"_target_": "DiceLoss", "reduction": {"a": [[evil]]}})
    edit(config(bundle, "evaluate.json"), **{"inferer#_target_": "os.system"})
    edit(config(bundle, "metadata.json"), supported_apps={"a": evil})
    places = {finding.partition(": ")[0] for finding in refused(bundle, "unsafe")}
    assert {"train.json, loss#reduction#a#0#0", "evaluate.json, inferer", "metadata.json, supported_apps#a"} <= places


@pytest.mark.parametrize("key", ["_desc_", "_requires_", "_disabled_", "_mode_", "data"])
def test_c7_an_expression_is_found_wherever_it_hides(bundle, tmp_path, key):
    file, code = canary(tmp_path)
    content = json.loads(config(bundle).read_text())
    content["dataset"][key] = f"${code}"
    edit(config(bundle), **content)
    assert any(f"inference.json, dataset#{key}" in finding for finding in refused(bundle, "unsafe"))
    assert not file.exists()


@pytest.mark.parametrize(
    "value", ["$import os", "$lambda: 1", "$@network.__class__", "%/etc/x.json", "%other.json#a", "%../x.yaml"]
)
def test_c7_imports_lambdas_dunders_and_foreign_macros_are_unsafe(bundle, value):
    edit(config(bundle), dataset_dir=value)
    assert len(refused(bundle, "unsafe")) == 1


def test_c7_the_metadata_is_only_text(bundle, tmp_path):
    file, code = canary(tmp_path)
    edit(config(bundle, "metadata.json"), description=f"${code}", name="$import os")
    assert set(refused(bundle, "unsafe")) == {
        "metadata.json, description: is not plain text; expected a description only",
        "metadata.json, name: is not plain text; expected a description only",
    }
    assert not file.exists()


@pytest.mark.parametrize(
    ("key", "value"), [("_mode_", "debug"), ("_disabled_", "$not @a"), ("_wrapper_", {"_target_": "Compose"})]
)
def test_c7_switches_that_hide_or_stop_a_component_are_unsafe(bundle, key, value):
    content = json.loads(config(bundle).read_text())
    content["inferer"][key] = value
    edit(config(bundle), **content)
    assert any("inference.json, inferer" in finding for finding in refused(bundle, "unsafe"))


def test_c8_another_logging_set_up_is_unsafe(bundle, tmp_path):
    file, code = canary(tmp_path)
    evil = canonical_logging().replace("(sys.stdout,)", f"({code},)")
    assert evil != canonical_logging()
    config(bundle, "logging.conf").write_text(evil)
    found = "configs/logging.conf: is not the usual one; expected an exact copy of this package's file"
    assert refused(bundle, "unsafe") == [found]
    assert not file.exists()


def test_c8_the_usual_logging_set_up_is_one_that_monai_applies(tmp_path):
    from monai.bundle.workflows import _reject_executable_logging_config

    (tmp_path / "logging.conf").write_text(canonical_logging())
    assert _reject_executable_logging_config(str(tmp_path / "logging.conf"))


def test_c10_a_doubled_key_is_invalid(bundle):
    text = config(bundle).read_text()
    config(bundle).write_text(text[:-1] + ', "batch_size": 3}')
    doubled = "inference.json: document is not JSON (key 'batch_size' is given twice); expected valid JSON"
    assert doubled in refused(bundle, "invalid")


def test_c10_a_config_that_does_not_say_where_its_bundle_is_has_its_findings_too(bundle):
    content = json.loads(config(bundle).read_text())
    del content["bundle_root"]
    config(bundle).write_text(json.dumps({**content, "bathc_size": 3}))
    found = refused(bundle, "invalid")
    assert any(one.startswith("inference.json, bathc_size: is used by nothing") for one in found)
    assert any(one.startswith("inference.json, weights: refers to 'bundle_root'") for one in found)


@pytest.mark.parametrize(("name", "key"), [("train.json", "optimzer"), ("inference.json", "bathc_size")])
def test_c10_a_misspelt_key_is_invalid(bundle, name, key):
    edit(config(bundle, name), **{key: 3})
    assert any(
        f"{name}, {key}: is used by nothing; expected perhaps " in finding for finding in refused(bundle, "invalid")
    )


def test_c11_true_in_quotes_is_invalid(bundle):
    edit(config(bundle), overwrite="True")
    places = {finding.partition(":")[0] for finding in refused(bundle, "invalid")}
    assert "inference.json, handlers#1#overwrite" in places
    with pytest.raises(InvalidInputError, match=r"is 'True'; expected bool \(and \d+ more\)"):
        check_bundle(bundle).raise_if_refused()


def test_c5_missing_weights_are_named(bundle):
    (bundle / WEIGHTS).unlink()
    missing = "handlers#0: loads models/model.safetensors, which is missing; expected a weight file"
    assert f"inference.json, {missing}" in refused(bundle, "invalid")


def test_c2_weights_with_another_digest_are_named(bundle):
    edit(config(bundle), weights_sha256="0" * 64)
    found = f"{WEIGHTS}: has another SHA-256 than the one stated; expected {'0' * 64}"
    assert found in refused(bundle, "invalid")


def test_c2_a_digest_may_stand_in_the_list_of_large_files(bundle):
    entry = {"path": WEIGHTS, "hash_val": "1" * 64, "hash_type": "sha256"}
    (bundle / "large_files.json").write_text(json.dumps({"large_files": [entry]}))
    assert any("has another SHA-256" in finding for finding in refused(bundle, "invalid"))


@pytest.mark.parametrize(
    ("version", "severity"), [("9.0.0", "invalid"), ("0.1.99", "warning"), ("0.9.0", "invalid"), (None, "warning")]
)
def test_c13_a_bundle_for_another_version_is_told(bundle, monkeypatch, version, severity):
    monkeypatch.setattr("monai_skin.pipeline.checks.metadata.__version__", "0.1.0")
    edit(config(bundle, "metadata.json"), required_packages_version={"monai-skin": version} if version else {})
    assert any("required_packages_version" in finding for finding in refused(bundle, severity))


@pytest.mark.parametrize(
    ("entries", "found"),
    [
        ({"version": "7.7.7"}, "metadata.json, changelog: does not mention version 7.7.7; expected an entry for it"),
        ({"authors": 3}, "metadata.json, authors: 3 is not of type 'string'; expected a text that is not empty"),
        ({"intended_use": "diagnosis"}, "expected a sentence that says research use"),
        ({"network_data_format": {"inputs": {}}}, "metadata.json, network_data_format: 'outputs' is a required"),
    ],
)
def test_metadata_is_held_to_its_schema(bundle, entries, found):
    edit(config(bundle, "metadata.json"), **entries)
    assert any(found in finding for finding in refused(bundle, "invalid"))


@pytest.mark.parametrize("name", ["LICENSE", "docs/data_license.txt", "configs/inference.json"])
def test_a_missing_file_is_named(bundle, name):
    (bundle / name).unlink()
    assert f"{name}: is missing; expected a file" in refused(bundle, "invalid")


@pytest.mark.parametrize("name", ["torch.py", "scripts/net.py", "models/a.so", "eval/x.pyc"])
def test_c6_a_file_that_could_be_imported_is_unsafe(bundle, name):
    (bundle / name).parent.mkdir(exist_ok=True)
    (bundle / name).write_text("")
    assert refused(bundle, "unsafe") == [f"{name}: could be imported as code; expected no code in a bundle"]


def test_a_config_the_check_does_not_read_is_invalid(bundle):
    (bundle / "configs" / "train.yaml").write_text("a: 1")
    assert refused(bundle, "invalid") == ["configs/train.yaml: is of no known kind; expected one of .conf, .json"]


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="needs links")
def test_a_link_that_leads_out_is_unsafe(bundle, tmp_path):
    (tmp_path / "outside").write_text("")
    (bundle / "models" / "link.pt").symlink_to(tmp_path / "outside")
    assert refused(bundle, "unsafe") == ["models/link.pt: is a link that leads out of the bundle; expected a file"]


def test_results_of_runs_do_not_disturb(bundle):
    (bundle / "eval" / "masks").mkdir(parents=True)
    (bundle / "eval" / "report.html").write_text("")
    assert check_bundle(bundle).findings == ()


def test_all_problems_are_told_at_once_and_the_worst_first(bundle):
    (bundle / "LICENSE").unlink()
    edit(config(bundle), inferer={"_target_": "open"}, bathc_size=1)
    report = check_bundle(bundle)
    severities = [finding.severity for finding in report.findings]
    assert severities.count("unsafe") == 1
    assert severities.count("invalid") >= 2
    assert severities[0] == "unsafe"
    assert report.exit_code == 4


def test_an_overlay_that_changes_nothing_that_is_there_is_invalid(bundle):
    edit(config(bundle, "evaluate.json"), **{"nowhere#amp": True})
    assert any(
        "evaluate.json, nowhere#amp: changes what is not there" in finding for finding in refused(bundle, "invalid")
    )


def preset(bundle: Path, content: str, name: str = "late.json") -> Path:
    path = bundle / "configs" / "presets" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(content)
    return path


def test_a_preset_of_what_both_configs_have_has_no_findings(bundle):
    preset(bundle, '{"image_size": [32, 32], "network_def#channels": [4, 8]}')
    assert check_bundle(bundle).findings == ()


@pytest.mark.parametrize("key", ["network_def", "network_def#act"])
def test_c6_a_preset_that_names_a_target_outside_the_list_is_unsafe(bundle, tmp_path, key):
    file, _ = canary(tmp_path)
    evil = {"_target_": "subprocess.getoutput", "cmd": f"touch {file}"}
    preset(bundle, json.dumps({key: evil}))
    assert refused(bundle, "unsafe")[0].startswith(f"presets/late.json, {key}: _target_ is 'subprocess.getoutput'")
    assert not file.exists()
    with pytest.raises(UnsafeArtefactError, match=r"presets/late\.json"):
        check_bundle(bundle).raise_if_refused()


def test_c7_a_preset_with_an_expression_outside_the_grammar_is_unsafe(bundle, tmp_path):
    file, code = canary(tmp_path)
    preset(bundle, json.dumps({"image_size": f"${code}"}))
    assert any(one.startswith("presets/late.json, image_size: the expression") for one in refused(bundle, "unsafe"))
    assert not file.exists()


def test_c7_a_preset_nested_too_deep_is_unsafe_and_not_looked_into(bundle):
    preset(bundle, f'{{"image_size": {"[" * 70}1{"]" * 70}}}')
    assert refused(bundle, "unsafe") == [
        "presets/late.json, image_size: is nested too deep; expected at most 60 levels",
    ]


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ('{"image_sise": [32, 32]}', "image_sise: is used by nothing; expected perhaps 'image_size'"),
        ('{"network_def#chanels": [4]}', "network_def#chanels: is no argument of UNet; expected perhaps 'channels'"),
        ('{"nowhere#size": 3}', "nowhere#size: changes what is not there; expected an id of the config below it"),
        ('{"network_def#in_channels": "3"}', "network_def#in_channels: is '3'; expected int"),
    ],
)
def test_c10_a_misspelt_key_of_a_preset_is_told_once(bundle, content, found):
    preset(bundle, content)
    assert refused(bundle, "invalid") == [f"presets/late.json, {found}"]


@pytest.mark.parametrize(("key", "value"), [("learning_rate", 1), ("weights", "x"), ("train#inferer#enabled", True)])
def test_c10_a_preset_holds_only_what_training_and_inference_both_have(bundle, key, value):
    preset(bundle, json.dumps({key: value}))
    (found,) = refused(bundle, "invalid")
    assert found.startswith(f"presets/late.json, {key}: ")


@pytest.mark.parametrize("content", ["[]", "{", "", '{"image_size": 1, "image_size": 2}'])
def test_a_preset_that_is_no_object_is_invalid(bundle, content):
    preset(bundle, content)
    (found,) = refused(bundle, "invalid")
    assert found.startswith("presets/late.json: ")


def test_a_preset_may_have_the_name_of_a_config(bundle):
    preset(bundle, '{"bathc_size": 1}', name="metadata.json")
    assert [one.partition(":")[0] for one in refused(bundle, "invalid")] == ["presets/metadata.json, bathc_size"]


def test_a_bundle_without_training_has_presets_of_its_inference(bundle):
    config(bundle, "train.json").unlink()
    for name in ("multi_gpu_train.json", "train_from_scratch.json"):
        config(bundle, name).unlink()
    preset(bundle, '{"weights": "x", "image_sise": 1}')
    assert [one.partition(":")[0] for one in refused(bundle, "invalid")] == ["presets/late.json, image_sise"]


@pytest.mark.parametrize("content", ["[]", "3", "{", '{"a": NaN}', "[" * 5000, ""])
def test_a_config_that_is_no_object_is_invalid(bundle, content):
    config(bundle, "train.json").write_text(content)
    assert any(finding.startswith("train.json: ") for finding in refused(bundle, "invalid"))


@pytest.mark.parametrize("name", ["inference.json", "metadata.json", "train.json"])
@pytest.mark.parametrize("depth", [70, 900])
def test_c7_nothing_hides_by_being_nested_deep(bundle, name, depth):
    text = config(bundle, name).read_text()
    config(bundle, name).write_text(f'{text.rstrip()[:-1]}, "supported": {"[" * depth}"$import os"{"]" * depth}}}')
    assert f"{name}, supported: is nested too deep; expected at most 60 levels" in refused(bundle, "unsafe")


def test_a_folder_that_is_no_bundle_is_refused(tmp_path):
    with pytest.raises(InvalidInputError, match="bundle has no configs folder"):
        check_bundle(tmp_path)


def test_findings_of_one_kind_keep_their_order():
    findings: list[Any] = [Finding("warning", "a", "b", "c"), Finding("invalid", "d", "e", "f")]
    report = BundleReport.of("x", [*findings, findings[0]])
    assert report.findings == (findings[1], findings[0])
    assert report.having("warning") == (findings[0],)
    assert str(findings[0]) == "a: b; expected c"


def test_c2_a_digest_may_stand_beside_the_weights(bundle):
    beside = bundle / f"{WEIGHTS}.sha256"
    beside.write_text(f"{sha256_of(bundle / WEIGHTS)}  {Path(WEIGHTS).name}\n")
    assert check_bundle(bundle).findings == ()
    beside.write_text(f"{'2' * 64}  {Path(WEIGHTS).name}\n")
    assert [finding.problem for finding in check_bundle(bundle).findings] == ["has another SHA-256 than the one stated"]
    beside.write_text("none\n")
    assert [finding.problem for finding in check_bundle(bundle).findings] == ["holds no digest"]
