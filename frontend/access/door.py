"""What every request passes: who it is from, what is written down of it, and who may read the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from frontend.access.client_address import ClientAddresses
from frontend.access.doorkeeper import Doorkeeper
from frontend.cors import Cors
from frontend.request_log import RequestLog

VISITOR = "tintype.visitor"
"""Where in an ASGI scope the application finds whoever sent the request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """The parts of it."""

    doorkeeper: Doorkeeper
    addresses: ClientAddresses
    log: RequestLog
    cors: Cors

    def address(self, scope: Mapping[str, Any], headers: Mapping[str, str]) -> str:
        """The client's address, given the connection's other end and what trusted proxies say."""
        client = scope.get("client")
        return self.addresses.of(client[0] if client else None, headers)
