"""What the HTTPS server allows one client, and all of them together. Plain values; who sets them is elsewhere."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from hypercorn.config import Config

_NEVER = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerLimits:
    """Bounds on connections, waits and sizes. ``serve_https`` is given one."""

    # Below the customary 1024 open files. A full server closes its longest idle connection for a new one.
    max_connections: int = 900
    handshake_timeout_s: float = 10.0
    # From the first byte of a request's head to its last; an idle connection is not bound by it.
    head_timeout_s: float = 15.0
    # What nginx has. It costs little: slow heads have a limit of their own, and idle connections give way.
    keep_alive_s: float = 75.0
    # For each 64 KiB of an answer, so it is a least speed (3 KiB/s), not a longest download.
    write_timeout_s: float = 20.0
    grace_s: float = 30.0
    # As nginx: 4 buffers of 8 KiB.
    max_head_bytes: int = 32 << 10
    # Clients open up to 100 streams before they have read what we allow, and h2 ends the connection of one
    # that opens more: never less than 100.
    max_streams: int = 100
    # Pieces of one request's body that wait for the application. An HTTP/2 window full of frames of 4 KiB fits,
    # so that a request nobody reads does not hold up the others of its connection.
    max_body_events: int = 64
    # Of HTTP/2 bodies that come after their answers, on one connection: many clients read an answer only once
    # they have sent all. Those over HTTP/1.1 are bounded by time.
    max_discarded_bytes: int = 64 << 20

    def hypercorn_config(self) -> Config:
        """Say the same in Hypercorn's words, and switch off what it would do by itself."""
        config = Config()
        config.include_server_header = False
        config.h11_max_incomplete_size = self.max_head_bytes
        config.h2_max_header_list_size = self.max_head_bytes
        config.h2_max_concurrent_streams = self.max_streams
        config.max_app_queue_size = self.max_body_events
        # Past its limit Hypercorn leaves requests of an HTTP/2 connection without an answer.
        config.keep_alive_max_requests = _NEVER
        config.accesslog = None
        config.errorlog = logging.getLogger("hypercorn.error")
        return config
