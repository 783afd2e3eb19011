# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""``pacs.guards``: peers that claim too much, send without end, or send nothing."""

from __future__ import annotations

import resource
import ssl
import time

import pytest

from monai_skin.pacs import guards
from monai_skin.pacs.spool import Spool
from tests.pacs.peers import (
    ABORTED,
    ScriptedPeer,
    associate_request,
    calling,
    fragment,
    pdu,
    photograph,
    port_of,
    serving,
    store,
    store_command,
    until,
)


@pytest.fixture
def spool(tmp_path):
    found = Spool(tmp_path / "spool")
    yield found
    found.close()


def peak() -> int:
    """Megabytes this process has ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def test_h1_a_request_that_claims_four_gigabytes_is_aborted_before_it_is_read(spool):
    with serving(spool) as server:
        before = peak()
        with ScriptedPeer(port_of(server)) as peer:
            peer.send(pdu(1, b"", length=2**32 - 1))
            try:
                for _ in range(100):
                    peer.send(bytes(10**6))
            except ConnectionError:
                pass
            assert peer.kind() in (ABORTED, None)
        assert peak() - before < 50
        assert store(port_of(server), photograph()) == [0]


def test_h1_a_later_data_unit_that_claims_too_much_is_aborted_too(spool):
    with serving(spool) as server, ScriptedPeer(port_of(server)) as peer:
        peer.associate()
        peer.send(pdu(4, b"", length=2**31))
        assert peer.kind() == ABORTED


@pytest.mark.parametrize("command", [False, True])
def test_h2_fragments_without_end_are_aborted_at_the_limit(spool, command):
    with serving(spool, max_message_mb=2, max_buffered_mb=3) as server:
        with ScriptedPeer(port_of(server)) as peer:
            peer.associate()
            sent = 0
            if not command:
                peer.send(fragment(store_command(b"1.2.3"), command=True, last=True))
            try:
                while sent < 20 * 10**6:
                    peer.send(fragment(bytes(100_000), command=command, last=False))
                    sent += 100_000
            except ConnectionError:
                pass
            assert sent < 20 * 10**6
        assert store(port_of(server), photograph()) == [0]
    assert spool.queue.counts().received == 1


def test_h2_the_sum_over_all_peers_is_limited(spool):
    with serving(spool, max_message_mb=2, max_buffered_mb=3) as server:
        peers = [ScriptedPeer(port_of(server)) for _ in range(2)]
        for peer in peers:
            peer.associate()
            peer.send(fragment(store_command(b"1.2.3"), command=True, last=True))
        for _ in range(18):
            peers[0].send(fragment(bytes(100_000), command=False, last=False))
        until(lambda: sum(guard.held for guard in list(server.guards)) > 1_700_000)
        with pytest.raises(ConnectionError):
            for _ in range(200):
                peers[1].send(fragment(bytes(100_000), command=False, last=False))
                time.sleep(0.002)
        for peer in peers:
            peer.socket.close()
        until(lambda: not server.active_associations)
        assert store(port_of(server), photograph()) == [0]


def test_many_objects_of_one_association_may_together_pass_the_limit_of_one(spool):
    large = [photograph(number, PixelData=bytes(900_000), Rows=500, Columns=600) for number in range(4)]
    with serving(spool, max_message_mb=1, max_buffered_mb=1) as server:
        assert store(port_of(server), *large) == [0] * 4


def test_h3_silent_and_slow_peers_lose_their_places(spool):
    with serving(spool, timeout=0.6, max_associations=3) as server:
        silent, halfway, slow = (ScriptedPeer(port_of(server)) for _ in range(3))
        halfway.send(associate_request()[:20])
        slow.associate()
        slow.send(fragment(b"x" * 100, command=True, last=False)[:10])
        start = time.monotonic()
        until(lambda: not server.active_associations, 8)
        assert time.monotonic() - start < 6
        assert store(port_of(server), photograph()) == [0]
        for peer in (silent, halfway, slow):
            peer.socket.close()


def test_h3_one_byte_at_a_time_is_not_waited_for(spool):
    with serving(spool, timeout=0.5) as server, ScriptedPeer(port_of(server)) as peer:
        start = time.monotonic()
        with pytest.raises(ConnectionError):
            for number in range(100):
                peer.send(associate_request()[number : number + 1])
                time.sleep(0.1)
        assert time.monotonic() - start < 3


def test_a_peer_that_comes_and_goes_without_a_word_holds_no_place(spool):
    with serving(spool, max_associations=1, timeout=30.0) as server:
        for _ in range(3):
            ScriptedPeer(port_of(server)).socket.close()

        def is_let_in() -> bool:
            with calling(port_of(server)) as association:
                return association.is_established

        until(is_let_in, 10)


def test_a_crowd_beyond_the_places_is_closed_without_a_thread_each(spool, monkeypatch):
    monkeypatch.setattr(guards, "WAITING_PEERS", 2)
    with serving(spool, max_associations=1) as server:
        crowd = [ScriptedPeer(port_of(server)) for _ in range(12)]
        until(lambda: server.active_associations)
        time.sleep(0.3)
        assert 1 <= len(server.active_associations) <= 3
        for peer in crowd:
            peer.socket.close()


def test_h4_an_abort_in_the_middle_of_an_object_stores_nothing(spool):
    with serving(spool) as server:
        with ScriptedPeer(port_of(server)) as peer:
            peer.associate()
            peer.send(fragment(store_command(b"1.2.3"), command=True, last=True))
            for _ in range(40):
                peer.send(fragment(bytes(100_000), command=False, last=False))
            peer.send(pdu(7, bytes(4)))
        assert store(port_of(server), photograph()) == [0]
    assert spool.queue.counts().received == 1
    assert len(list((spool.folder / "incoming").iterdir())) == 1


def test_h5_an_object_sent_again_because_the_answer_was_lost_is_kept_once(spool):
    data = b"\x08\0\x60\0\x02\0\0\0XC"
    with serving(spool) as server:
        with ScriptedPeer(port_of(server)) as peer:
            peer.associate()
            peer.send(fragment(store_command(b"1.2.3"), command=True, last=True))
            peer.send(fragment(data, command=False, last=True))
            until(lambda: spool.queue.counts().received == 1)
        with ScriptedPeer(port_of(server)) as peer:
            peer.associate()
            assert peer.store(b"1.2.3", data) == 0
    counts = spool.queue.counts()
    assert (counts.received, counts.waiting) == (1, 1)


def test_tls_lets_in_only_who_shows_a_certificate_and_a_silent_peer_holds_up_nobody(spool, certificate):
    public, private = certificate
    context = ssl.create_default_context(cafile=public)
    with serving(spool, certificate=public, key=private, ca=public) as server:
        with ScriptedPeer(port_of(server)):  # says nothing, not even hello
            with ScriptedPeer(port_of(server)) as stranger, pytest.raises((ssl.SSLError, ConnectionError)):
                with context.wrap_socket(stranger.socket, server_hostname="127.0.0.1") as stranger.socket:
                    stranger.send(associate_request())
                    assert stranger.kind() is None
                    raise ConnectionError
            context.load_cert_chain(public, private)
            assert store(port_of(server), photograph(), tls_args=(context, "127.0.0.1")) == [0]
    assert spool.queue.counts().received == 1
