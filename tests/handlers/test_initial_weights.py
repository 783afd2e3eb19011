# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""A training starts from given weights."""

from __future__ import annotations

import re
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
import torch
from ignite.engine import Engine
from monai.networks.nets import EfficientNetBN

from monai_skin.errors import IntegrityError, UsageError
from monai_skin.handlers import InitialWeights
from monai_skin.io import save_weights, sha256_of
from monai_skin.networks import IMAGENET_WEIGHTS, EfficientNetEncoder2d, PublishedWeights


def test_given_weights_are_in_the_network_before_the_first_batch(tmp_path):
    network = torch.nn.Linear(1, 1)
    save_weights(tmp_path / "w.pt", {"weight": torch.tensor([[3.0]]), "bias": torch.tensor([4.0])})
    seen = []
    engine = Engine(lambda e, batch: seen.append(network.weight.item()))
    InitialWeights(network, whole=str(tmp_path / "w.pt")).attach(engine)
    engine.run([0])
    assert seen == [3.0]


def test_weights_for_the_whole_and_for_its_encoder_contradict_each_other():
    with pytest.raises(UsageError, match="expected one of the two"):
        InitialWeights(torch.nn.Linear(1, 1), whole="a.pt", encoder="imagenet")


@pytest.fixture
def published(tmp_path, monkeypatch):
    """A server on this machine that publishes small EfficientNet weights, and a cache of its own."""
    folder = tmp_path / "server"
    folder.mkdir()
    torch.manual_seed(0)
    model = EfficientNetBN("efficientnet-b0", pretrained=False)
    state = {re.sub(r"(.+)\.\d+(\.\d+\..+)", r"\1\2", name): value for name, value in model.state_dict().items()}
    torch.save(state, folder / "weights.pth")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("MONAI_SKIN_CACHE", str(tmp_path / "cache"))
    yield f"http://127.0.0.1:{server.server_port}/weights.pth", sha256_of(folder / "weights.pth"), model
    server.shutdown()
    server.server_close()


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves a folder and says nothing."""

    def log_message(self, *_: object) -> None:
        return


def small_network() -> torch.nn.Module:
    network = torch.nn.Module()
    network.encoder = EfficientNetEncoder2d(model_name="efficientnet-b0")
    return network


def start(network: torch.nn.Module) -> None:
    engine = Engine(lambda e, batch: None)
    InitialWeights(network, encoder="imagenet", encoder_name="efficientnet-b0").attach(engine)
    engine.run([0])


def test_imagenet_weights_are_fetched_once_and_put_into_the_encoder(published, monkeypatch, tmp_path):
    address, digest, model = published
    monkeypatch.setitem(IMAGENET_WEIGHTS, "efficientnet-b0", PublishedWeights(address, digest[:8]))
    network = small_network()
    start(network)
    stem = "_conv_stem.weight"
    assert torch.equal(network.encoder.state_dict()[stem], model.state_dict()[stem])
    monkeypatch.setitem(
        IMAGENET_WEIGHTS, "efficientnet-b0", PublishedWeights("http://127.0.0.1:1/weights.pth", digest[:8])
    )
    start(small_network())  # from the cache: nothing listens there


def test_fetched_weights_with_another_digest_are_refused_and_not_kept(published, monkeypatch, tmp_path):
    address, _, _ = published
    monkeypatch.setitem(IMAGENET_WEIGHTS, "efficientnet-b0", PublishedWeights(address, "00000000"))
    with pytest.raises(IntegrityError, match="expected a digest that begins with 00000000"):
        start(small_network())
    assert list((tmp_path / "cache").iterdir()) == []
