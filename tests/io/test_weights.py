# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Weights: nothing runs, nothing is guessed, nothing unlike the network goes in."""

from __future__ import annotations

import collections
import hashlib
import io
import json
import os
import pickle
import struct
import zipfile
from pathlib import Path

import pytest
import safetensors
import safetensors.torch
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from monai_skin.errors import IntegrityError, InvalidInputError, SkinError, UnsafeArtefactError
from monai_skin.io import apply_weights, load_checkpoint, load_weights, save_weights, sha256_of


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Linear(4, 2))


def torch_saved(value: object, **options: object) -> bytes:
    stream = io.BytesIO()
    torch.save(value, stream, **options)
    return stream.getvalue()


class Bomb:
    """What an attacker puts into a pickle."""

    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (f"touch '{self.canary}'",)


ATTACKS = {
    "bare pickle": lambda bomb: pickle.dumps(bomb),
    "pickle of protocol 0": lambda bomb: pickle.dumps({"model": bomb}, protocol=0),
    "torch archive": lambda bomb: torch_saved({"weight": bomb}),
    "torch archive beside real weights": lambda bomb: torch_saved({"model": network().state_dict(), "epoch": bomb}),
    "old torch form": lambda bomb: torch_saved({"weight": bomb}, _use_new_zipfile_serialization=False),
    "whole network": lambda bomb: torch_saved(network()),
}


@pytest.mark.parametrize("read", [load_weights, load_checkpoint])
@pytest.mark.parametrize("suffix", [".pt", ".safetensors", ".bin"])
@pytest.mark.parametrize("attack", ATTACKS)
def test_c1_a_pickle_runs_nothing_whatever_its_name(attack, suffix, read, tmp_path):
    canary, file = tmp_path / "canary", tmp_path / f"model{suffix}"
    file.write_bytes(ATTACKS[attack](Bomb(canary)))
    expected = InvalidInputError if attack == "pickle of protocol 0" else UnsafeArtefactError
    with pytest.raises(expected, match=rf"^model{suffix}: file ") as caught:
        read(file)
    assert not canary.exists()
    assert caught.value.exit_code == (3 if expected is InvalidInputError else 4)


def test_c1_a_program_is_no_weight_file():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("model/constants.pkl", b"\x80\x02).")
        archive.writestr("model/data.pkl", b"\x80\x02}.")
        archive.writestr("model/version", b"3\n")
    with pytest.raises(UnsafeArtefactError, match="could run code when loaded"):
        load_weights(stream.getvalue())


def test_c1_a_compressed_archive_is_refused_before_it_swells():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("model/data.pkl", b"\x80\x02}.")
        archive.writestr("model/data/0", bytes(50_000_000))
    with pytest.raises(UnsafeArtefactError, match="compressed members"):
        load_weights(stream.getvalue())


def test_c1_a_tensor_larger_than_its_storage_is_refused():
    with pytest.raises(UnsafeArtefactError, match=r"a tensor of 1,000,000,000,000 values in a smaller storage"):
        load_weights(torch_saved({"weight": torch.zeros(1).expand(1_000_000, 1_000_000)}))


def test_c2_another_digest_is_refused_with_both(tmp_path):
    file = tmp_path / "model.safetensors"
    save_weights(file, network().state_dict())
    known = hashlib.sha256(file.read_bytes()).hexdigest()
    assert load_weights(file, sha256=known.upper())
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    changed = hashlib.sha256(data).hexdigest()
    assert sha256_of(file) == sha256_of(bytes(data)) == changed
    with pytest.raises(IntegrityError, match=rf"^model\.safetensors: sha256 has digest {changed}; expected {known}$"):
        load_weights(file, sha256=known)


def test_c3_missing_names_are_listed_up_to_five():
    weights = {key: value for key, value in network().state_dict().items() if not key.startswith("1.")}
    with pytest.raises(
        InvalidInputError, match=r"^w: weights lack 1\.weight, 1\.bias, 1\.running_mean, 1\.running_var, "
    ) as e:
        apply_weights(network(), weights, source="w")
    assert "1.num_batches_tracked; expected every name of the network" in str(e.value)
    with pytest.raises(InvalidInputError, match=r"and 4 more; expected every name"):
        apply_weights(network(), {}, source="w")


def test_c3_unknown_names_and_other_shapes_are_listed():
    weights = network().state_dict()
    with pytest.raises(
        InvalidInputError, match=r"weights have unknown head\.weight; expected only names of the network"
    ):
        apply_weights(network(), {**weights, "head.weight": torch.ones(1)}, source="w")
    with pytest.raises(
        InvalidInputError, match=r"other shapes in 2\.weight \(5, 4\) not \(2, 4\); expected the network's"
    ):
        apply_weights(network(), {**weights, "2.weight": torch.ones(5, 4)}, source="w")


def test_c3_a_refused_network_is_unchanged():
    own, before = network(), network().state_dict()
    weights = {key: value + 1 for key, value in before.items()}
    for broken in ({**weights, "2.bias": torch.full((2,), torch.inf)}, {**weights, "2.bias": torch.ones(3)}):
        with pytest.raises(InvalidInputError):
            apply_weights(own, broken, source="w")
        assert all(torch.equal(value, before[key]) for key, value in own.state_dict().items())


@pytest.mark.parametrize("bad", [torch.nan, torch.inf, -torch.inf])
@pytest.mark.parametrize("save", [safetensors.torch.save, torch_saved], ids=["safetensors", "torch"])
def test_c4_what_is_not_finite_is_refused_at_load(save, bad):
    weights = network().state_dict()
    weights["0.weight"][1, 2, 0, 0] = bad
    with pytest.raises(InvalidInputError, match=r"weights are not finite in 1 tensors \(0\.weight\); expected finite"):
        load_weights(save(weights))


def test_c4_what_is_not_finite_is_not_saved(tmp_path):
    with pytest.raises(InvalidInputError, match=r"not finite in 1 tensors \(a\)"):
        save_weights(tmp_path / "w.safetensors", {"a": torch.tensor([1e6]), "b": torch.ones(1)}, half=True)
    assert not list(tmp_path.iterdir())


def test_c5_a_missing_file_is_invalid_input(tmp_path):
    for read in (load_weights, load_checkpoint, sha256_of):
        with pytest.raises(InvalidInputError, match=r"^model\.pt: file .*; expected ") as caught:
            read(tmp_path / "model.pt")
        assert caught.value.exit_code == 3


@pytest.mark.parametrize("wrap", [dict, lambda state: {"model": state, "epoch": 4}, collections.OrderedDict])
def test_both_torch_forms_and_safetensors_give_the_same_weights(wrap, tmp_path):
    state = network().state_dict()
    save_weights(tmp_path / "w", state, metadata={"network": "DeepUNet", "made": "today"})
    for weights in (load_weights(torch_saved(wrap(state))), load_weights(tmp_path / "w")):
        assert list(weights) == list(state) or sorted(weights) == sorted(state)
        assert all(torch.equal(weights[key], state[key]) for key in state)
        apply_weights(network(), weights, source="w")
    with safetensors.safe_open(tmp_path / "w", "pt") as stored:
        assert stored.metadata() == {"network": "DeepUNet", "made": "today"}


def test_half_precision_halves_floats_and_keeps_integers(tmp_path):
    own = network()
    save_weights(tmp_path / "w", own.state_dict(), half=True)
    weights = load_weights(tmp_path / "w")
    assert weights["0.weight"].dtype == torch.float16
    assert weights["1.num_batches_tracked"].dtype == torch.int64
    other = network()
    apply_weights(other, weights, source="w")
    assert other[0].weight.dtype == torch.float32
    torch.testing.assert_close(other[0].weight, own[0].weight, rtol=1e-3, atol=1e-6)


def test_the_same_weights_give_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        save_weights(tmp_path / name, network().state_dict(), metadata={str(number): "x" for number in range(20)})
    assert sha256_of(tmp_path / "a") == sha256_of(tmp_path / "b")


def test_tied_and_strided_tensors_are_stored_whole(tmp_path):
    weight = torch.arange(6.0).reshape(2, 3)
    save_weights(tmp_path / "w", {"a": weight, "b": weight, "c": weight.T})
    loaded = load_weights(tmp_path / "w")
    assert torch.equal(loaded["b"], weight)
    assert torch.equal(loaded["c"], weight.T)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is not a weight file"),
        (b"<html>not found</html>", "is not a weight file"),
        (struct.pack("<Q", 1 << 60) + b"{}", "damaged or cut off"),
        (safetensors.torch.save({"a": torch.ones(9)})[:-4], "damaged or cut off"),
        (torch_saved({"a": torch.ones(9)})[:-40], "damaged or cut off"),
        (torch_saved({"a": 3}), "have int under 'a'"),
        (torch_saved({3: torch.ones(1)}), "have Tensor under '3'"),
        (torch_saved(torch.ones(1)), "hold no state dictionary"),
        (torch_saved({}), "hold no state dictionary"),
        (torch_saved({"a": torch.ones(2, 2).to_sparse()}), "sparse or quantised"),
    ],
)
def test_what_holds_no_weights_is_refused(data, words):
    with pytest.raises(InvalidInputError, match=words):
        load_weights(data)


def test_a_lying_safetensors_header_is_refused():
    header = json.dumps({"a": {"dtype": "F32", "shape": [10**9, 10**9], "data_offsets": [0, 4]}}).encode()
    with pytest.raises(InvalidInputError, match="damaged"):
        load_weights(struct.pack("<Q", len(header)) + header + bytes(4))


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 3000), st.integers(0, 255), st.booleans())
def test_any_changed_byte_gives_weights_or_a_typed_error(place, value, as_torch):
    data = bytearray(torch_saved({"a": torch.ones(9)}) if as_torch else safetensors.torch.save({"a": torch.ones(9)}))
    data[place % len(data)] = value
    for read in (load_weights, load_checkpoint):
        try:
            read(bytes(data))
        except SkinError:
            continue


def test_c2_a_digest_stated_beside_the_file_is_held_wherever_weights_are_loaded(tmp_path):
    path = tmp_path / "model.pt"
    save_weights(path, {"w": torch.ones(2)})
    beside = tmp_path / "model.pt.sha256"
    beside.write_text(f"{sha256_of(path)}  model.pt\n")
    assert torch.equal(load_weights(path)["w"], torch.ones(2))
    beside.write_text(f"{'0' * 64}  model.pt\n")
    with pytest.raises(IntegrityError, match=f"has digest {sha256_of(path)}; expected 0000"):
        load_weights(path)
    assert torch.equal(load_weights(path, sha256=sha256_of(path))["w"], torch.ones(2)), "what is asked for comes first"
