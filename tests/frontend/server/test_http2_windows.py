"""Bodies leave as fast as their reader takes them; a reader who takes too little is told from one who waits."""

from __future__ import annotations

import pytest
import trio
import trio.testing
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived

from frontend.server.http2_windows import PIECE_BYTES, OutgoingBytes, StalledError

HEAD = [(":method", "GET"), (":path", "/"), (":scheme", "https"), (":authority", "localhost")]
WINDOW_BYTES = 65_535


class Reader:
    """A client and a server joined without a network: what is flushed has arrived."""

    def __init__(self, *, streams: int) -> None:
        self.client = H2Connection(H2Configuration(client_side=True))
        self.server = H2Connection(H2Configuration(client_side=False))
        self.received_bytes = 0
        self.streams = [1 + 2 * number for number in range(streams)]
        self.outgoing = OutgoingBytes(self.server, streams=self.streams, flush=self.flush, timeout_s=20)
        self.client.initiate_connection()
        self.server.initiate_connection()
        for stream_id in self.streams:
            self.client.send_headers(stream_id, HEAD)
        self.server.receive_data(self.client.data_to_send())
        for stream_id in self.streams:
            self.server.send_headers(stream_id, [(":status", "200")])

    async def flush(self) -> None:
        """Let the client receive what the server has to send."""
        await trio.lowlevel.checkpoint()
        events = self.client.receive_data(self.server.data_to_send())
        self.received_bytes += sum(len(event.data) for event in events if isinstance(event, DataReceived))

    def open(self, stream_id: int, size_bytes: int) -> None:
        """Allow the server so much more on the stream, and on the connection."""
        self.client.increment_flow_control_window(size_bytes, stream_id)
        self.client.increment_flow_control_window(size_bytes)
        self.server.receive_data(self.client.data_to_send())
        self.outgoing.changed()


async def test_a_body_waits_for_its_window(autojump_clock: trio.testing.MockClock) -> None:
    """No more is sent than the client has allowed, and the rest as soon as it does."""
    reader = Reader(streams=1)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(reader.outgoing.send, 1, bytes(100_000))
        await trio.testing.wait_all_tasks_blocked()
        assert reader.received_bytes == WINDOW_BYTES
        reader.open(1, 100_000)
    assert reader.received_bytes == 100_000


async def test_a_slow_reader_may_take_long(autojump_clock: trio.testing.MockClock) -> None:
    """Who takes each piece in time may take any time in all."""
    reader = Reader(streams=1)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(reader.outgoing.send, 1, bytes(20 * PIECE_BYTES))
        for _ in range(20):
            await trio.sleep(15)
            reader.open(1, PIECE_BYTES)
    assert reader.received_bytes == 20 * PIECE_BYTES


@pytest.mark.parametrize("dribble_bytes", [0, 1, 1000])
async def test_a_reader_who_takes_too_little_stalls(
    dribble_bytes: int, autojump_clock: trio.testing.MockClock
) -> None:
    """Nothing at all, or a few bytes a second: either is an end after the time for one piece."""
    reader = Reader(streams=1)
    started_s = trio.current_time()

    async def dribble() -> None:
        while True:
            await trio.sleep(1)
            if dribble_bytes:
                reader.open(1, dribble_bytes)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(dribble)
        with pytest.raises(StalledError):
            await reader.outgoing.send(1, bytes(2 * PIECE_BYTES))
        nursery.cancel_scope.cancel()
    assert trio.current_time() - started_s == pytest.approx(20, abs=2)


async def test_a_body_that_waits_for_others_does_not_stall(autojump_clock: trio.testing.MockClock) -> None:
    """Where the client takes enough in all, an answer may wait for the others' sake."""
    reader = Reader(streams=2)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(reader.outgoing.send, 1, bytes(20 * PIECE_BYTES))
        await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(reader.outgoing.send, 3, bytes(PIECE_BYTES))
        for _ in range(20):
            await trio.sleep(15)
            reader.open(1, PIECE_BYTES)
        reader.open(3, 2 * PIECE_BYTES)
    assert reader.received_bytes == 21 * PIECE_BYTES


async def test_a_body_ends_with_its_stream(autojump_clock: trio.testing.MockClock) -> None:
    """A stream that is gone is not waited for."""
    reader = Reader(streams=1)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(reader.outgoing.send, 1, bytes(2 * PIECE_BYTES))
        await trio.testing.wait_all_tasks_blocked()
        reader.streams.clear()
        reader.outgoing.changed()
    assert reader.received_bytes == WINDOW_BYTES
