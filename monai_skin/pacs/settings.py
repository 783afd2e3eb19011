# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The settings of a node, each with its meaning, default and limits; ``example.toml`` shows them all."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

__all__ = [
    *("DestinationSettings", "HealthSettings", "NodeSettings", "ReceiverSettings", "RetrySettings", "RouteSettings"),
    *("SenderSettings", "SpoolSettings", "WorkerSettings", "limits"),
]

LOOPBACK = ("127.0.0.1", "::1", "localhost")
ANY_PORT, LAST_PORT = 0, 65_535
TASKS = ("diagnosis", "segmentation", "ignore")


def limits(default: Any, *, least: float | None = None, most: float | None = None, words: tuple[str, ...] = ()) -> Any:
    """A setting with its default and what it may be."""
    return field(default=default, metadata={"least": least, "most": most, "words": words})


@dataclass(frozen=True)
class ReceiverSettings:
    """How objects come in.

    Args:
        ae_title: the node's title; a peer that calls another is rejected.
        host: address to listen on; one that others can reach needs ``calling_ae_titles``.
        port: to listen on; 0 takes a free one.
        calling_ae_titles: of the peers that may call; empty lets every peer of this machine.
        max_pdu: bytes of a protocol data unit that peers are asked to keep to.
        max_message_mb: largest message, in 10^6 bytes.
        max_buffered_mb: largest sum of all messages being received.
        max_associations: at a time.
        timeout: seconds of silence, or for one protocol data unit, until a peer loses its place.
        certificate: PEM file that turns on TLS.
        key: PEM file of its private key.
        ca: PEM file of the authorities that signed the peers' certificates; with it, peers must show one.
    """

    ae_title: str = limits("MONAI_SKIN")
    host: str = limits("127.0.0.1")
    port: int = limits(11_112, least=ANY_PORT, most=LAST_PORT)
    calling_ae_titles: tuple[str, ...] = ()
    max_pdu: int = limits(262_144, least=16_384, most=16_777_216)
    max_message_mb: int = limits(512, least=1, most=4_000)
    max_buffered_mb: int = limits(1_024, least=1, most=64_000)
    max_associations: int = limits(8, least=1, most=100)
    timeout: float = limits(30.0, least=0.1, most=600)
    certificate: str = ""
    key: str = ""
    ca: str = ""


@dataclass(frozen=True)
class SpoolSettings:
    """Where objects are kept.

    Args:
        folder: relative to the settings file.
        max_waiting: objects not answered yet; more are refused as out of resources.
    """

    folder: str = "spool"
    max_waiting: int = limits(10_000, least=1, most=10_000_000)


@dataclass(frozen=True)
class RetrySettings:
    """How what failed for a passing reason is tried again.

    Args:
        max_attempts: until an item is set aside.
        first_wait: seconds after the first failure; doubled each time.
        longest_wait: seconds.
    """

    max_attempts: int = limits(8, least=1, most=1_000)
    first_wait: float = limits(5.0, least=0, most=3_600)
    longest_wait: float = limits(600.0, least=0, most=86_400)


@dataclass(frozen=True)
class WorkerSettings(RetrySettings):
    """How objects are answered.

    Args:
        processes: that run models.
        batch_size: objects answered in one run, when as many wait.
        device: ``cpu``, ``cuda`` or ``cuda:<number>``; empty takes a GPU if there is one.
        item_timeout: seconds for one object, after which its process is ended and the object tried alone.
    """

    max_attempts: int = limits(3, least=1, most=1_000)
    processes: int = limits(1, least=1, most=64)
    batch_size: int = limits(8, least=1, most=256)
    device: str = ""
    item_timeout: float = limits(300.0, least=0.1, most=86_400)


@dataclass(frozen=True)
class SenderSettings(RetrySettings):
    """How results go out.

    Args:
        timeout: seconds to wait for a peer.
    """

    timeout: float = limits(30.0, least=0.1, most=600)


@dataclass(frozen=True)
class HealthSettings:
    """Where to ask how the node is, on 127.0.0.1 only.

    Args:
        port: of ``/health`` and ``/metrics``; 0 turns it off.
    """

    port: int = limits(0, least=ANY_PORT, most=LAST_PORT)


@dataclass(frozen=True)
class RouteSettings:
    """Which objects are answered how; the first route that fits counts, and an empty list fits all.

    Args:
        task: ``diagnosis``, ``segmentation``, or ``ignore`` for objects that need no answer.
        sop_classes: SOPClassUIDs.
        modalities: such as ``DMS``.
        calling_ae_titles: of the peer that sent it.
        segmentation_bundle: root of the bundle that outlines; by default this package's.
        diagnosis_bundle: root of the bundle that classifies, likewise.
        calibration: as for ``predict --calibration``.
        explain: method of a heat map that comes with the diagnosis, as for ``predict --explain``; empty for none.
        destinations: names of those that get the results.
    """

    task: str = limits("diagnosis", words=TASKS)
    sop_classes: tuple[str, ...] = ()
    modalities: tuple[str, ...] = ()
    calling_ae_titles: tuple[str, ...] = ()
    segmentation_bundle: str = ""
    diagnosis_bundle: str = ""
    calibration: str = ""
    explain: str = ""
    destinations: tuple[str, ...] = ()


@dataclass(frozen=True)
class DestinationSettings:
    """A peer that gets results.

    Args:
        name: for routes and the journal.
        kind: ``dicom`` for C-STORE, ``stow`` for STOW-RS.
        ae_title: of the peer.
        host: of the peer.
        port: of the peer.
        tls: whether the peer speaks TLS; ``stow`` says it by https.
        url: of the studies, such as ``https://archive/dicom-web/studies``.
        login_variable: name of an environment variable that holds ``user:password``.
        ca: PEM file of the authorities that the peer's certificate is checked by; those of the system by default.
        certificate: PEM file that shows the peer who we are, where it asks.
        key: PEM file of its private key.
    """

    name: str = ""
    kind: str = limits("dicom", words=("dicom", "stow"))
    ae_title: str = ""
    host: str = "127.0.0.1"
    port: int = limits(104, least=1, most=LAST_PORT)
    tls: bool = False
    url: str = ""
    login_variable: str = ""
    ca: str = ""
    certificate: str = ""
    key: str = ""


@dataclass(frozen=True)
class NodeSettings:
    """All of it, as one file states it."""

    receiver: ReceiverSettings = ReceiverSettings()
    spool: SpoolSettings = SpoolSettings()
    worker: WorkerSettings = WorkerSettings()
    sender: SenderSettings = SenderSettings()
    health: HealthSettings = HealthSettings()
    routes: tuple[RouteSettings, ...] = ()
    destinations: tuple[DestinationSettings, ...] = ()

    def destination(self, name: str) -> DestinationSettings:
        """The destination of that name.

        Raises:
            KeyError: there is none.
        """
        found = next((one for one in self.destinations if one.name == name), None)
        if found is None:
            raise KeyError(name)
        return found
