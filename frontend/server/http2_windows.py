"""The flow-control windows of one HTTP/2 connection, in both directions.

Answers leave as fast as the client's windows allow, and nothing is buffered beyond; our windows open again as the
application reads, so that a request nobody reads fills its own window and no other's.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Container

import trio
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.settings import SettingCodes, Settings
from hypercorn.config import Config

# How much of a request's body, and of all on one connection, may have been sent and not read by the application.
# HTTP/2's own 64 KiB would hold uploads to 1 MB/s over 60 ms.
STREAM_WINDOW_BYTES = 256 << 10
CONNECTION_WINDOW_BYTES = 1 << 20
# What one write carries, and what must leave within ``timeout_s``.
PIECE_BYTES = 64 << 10


def open_connection(config: Config) -> H2Connection:
    """Make h2's part of a connection, which has our settings and windows to send."""
    # Heads are looked at one by one, in ``request_heads.py``: a bad one says nothing of the connection.
    h2 = H2Configuration(client_side=False, header_encoding=None, validate_inbound_headers=False)
    connection = H2Connection(config=h2)
    connection.decoder.max_header_list_size = config.h2_max_header_list_size
    # Assigned whole: a change to the settings that are there would be sent as a second SETTINGS frame.
    connection.local_settings = Settings(
        client=False,
        initial_values={
            SettingCodes.INITIAL_WINDOW_SIZE: STREAM_WINDOW_BYTES,
            SettingCodes.MAX_CONCURRENT_STREAMS: config.h2_max_concurrent_streams,
            SettingCodes.MAX_HEADER_LIST_SIZE: config.h2_max_header_list_size,
        },
    )
    connection.initiate_connection()
    connection.increment_flow_control_window(CONNECTION_WINDOW_BYTES - connection.inbound_flow_control_window)
    return connection


class StalledError(Exception):
    """The client takes less of the answers it has asked for than it has to."""


class UnreadBytes:
    """What has arrived of requests and has not been read: our windows are closed by as much."""

    def __init__(self, h2: H2Connection) -> None:
        self._h2 = h2
        self._by_stream: dict[int, int] = {}

    def arrived(self, stream_id: int, size_bytes: int) -> None:
        """Count in what the application is about to be given."""
        self._by_stream[stream_id] = self._by_stream.get(stream_id, 0) + size_bytes

    def read(self, stream_id: int, size_bytes: int) -> None:
        """Open the windows by what the application has read, unless they are open already."""
        if stream_id in self._by_stream:
            self._by_stream[stream_id] -= size_bytes
            self._h2.acknowledge_received_data(size_bytes, stream_id)

    def end(self, stream_id: int) -> None:
        """Open the windows by what nobody will read any more."""
        self._h2.acknowledge_received_data(self._by_stream.pop(stream_id, 0), stream_id)


class OutgoingBytes:
    """The client's windows, and those who wait for them to open.

    ``streams`` holds those that may still be sent on: h2 does not say when one has ended.
    """

    def __init__(
        self,
        h2: H2Connection,
        *,
        streams: Container[int],
        flush: Callable[[], Awaitable[None]],
        timeout_s: float,
    ) -> None:
        self._h2 = h2
        self._streams = streams
        self._flush = flush
        self._timeout_s = timeout_s
        self._waiting = trio.lowlevel.ParkingLot()
        self._changes = 0
        self._sent_bytes = 0

    def changed(self) -> None:
        """Have those who wait look again: a window has opened, or a stream has ended."""
        self._changes += 1
        self._waiting.unpark_all()

    async def send(self, stream_id: int, data: bytes) -> None:
        """Send it all, unless the stream ends meanwhile. Raises StalledError."""
        if stream_id not in self._streams:
            await trio.lowlevel.checkpoint()  # an application that sends without end must let others run
            return
        body = memoryview(data)
        for start in range(0, len(body), PIECE_BYTES):
            await self._send_piece(stream_id, body[start : start + PIECE_BYTES])

    async def _send_piece(self, stream_id: int, piece: memoryview) -> None:
        sent_before, deadline_s = self._sent_bytes, trio.current_time() + self._timeout_s
        while stream_id in self._streams:
            changes = self._changes
            piece = self._send_what_fits(stream_id, piece)
            await self._flush()
            if not piece:
                return
            if changes != self._changes:
                continue  # nobody was waiting yet when they came, during the flush
            with trio.CancelScope(deadline=deadline_s) as patience:
                await self._waiting.park()
            if patience.cancelled_caught:
                # Other answers may have had the time: a download does not end because many run beside it.
                if self._sent_bytes - sent_before < PIECE_BYTES:
                    raise StalledError
                sent_before, deadline_s = self._sent_bytes, trio.current_time() + self._timeout_s

    def _send_what_fits(self, stream_id: int, piece: memoryview) -> memoryview:
        while piece:
            room = min(self._h2.local_flow_control_window(stream_id), self._h2.max_outbound_frame_size)
            if room <= 0:
                break
            frame, piece = piece[:room], piece[room:]
            self._h2.send_data(stream_id, bytes(frame))
            self._sent_bytes += len(frame)
        return piece
