"""Reads the URL of an image that is to be fetched, strictly; what its host's name means is not asked here.

One reading serves the check, the connection, the ``Host`` header and TLS, so there is no second opinion for an
odd spelling to play on. Sources: RFC 3986, and UTS 46 for names outside ASCII.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv6Address
from pathlib import PurePosixPath
from typing import NamedTuple
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit

import idna

from frontend.library.ingest_errors import BadUrlError
from shared.errors import shown

MAX_URL_CHARS = 8192
DEFAULT_PORTS = {"http": 80, "https": 443}

# Python's urlsplit drops some of these silently, and a backslash is a slash to browsers.
_NEVER_IN_A_URL = re.compile(r"[\x00-\x1f\x7f-\x9f\\\ud800-\udfff]|^ | $")
_AUTHORITY = re.compile(r"(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<name>[^\[\]:@%\s]+))(?::(?P<port>[0-9]{0,5}))?")
_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
_SAFE_IN_TARGET = "/%:@!$&'()*+,;=?~[]"


class Authority(NamedTuple):
    """Who is asked: a host in its one spelling, and a port if one is named."""

    host: str
    port: int | None


def parse_authority(text: str) -> Authority:
    """Read ``host``, ``host:port`` or ``[IPv6]:port``. Raises ValueError that says what is wrong."""
    match = _AUTHORITY.fullmatch(text)
    if match is None:
        raise ValueError(f"{shown(text)} is not a host, or a host and a port")
    port = int(match["port"]) if match["port"] else None
    if port is not None and not 1 <= port <= 65_535:
        raise ValueError(f"{port} is not a port")
    return Authority(_ipv6(match["v6"]) if match["v6"] else _one_spelling(match["name"]), port)


def _ipv6(text: str) -> str:
    try:
        return str(IPv6Address(text))
    except ValueError:
        raise ValueError(f"{shown(text)} is not an IPv6 address") from None


def _one_spelling(name: str) -> str:
    """Write a name as DNS and TLS know it: in ASCII and lower case, without the dot of the root."""
    ascii_name = name if name.isascii() else _to_ascii(name)
    plain = ascii_name.lower().removesuffix(".")
    if not _NAME.fullmatch(plain):
        raise ValueError(f"{shown(name)} is not the name of a host")
    return plain


def _to_ascii(name: str) -> str:
    # The limit comes first: what is longer can be no name, and takes long to find out.
    if len(name) > 253:
        raise ValueError(f"{shown(name)} is too long for the name of a host")
    try:
        return idna.encode(name, uts46=True).decode()
    except idna.IDNAError as error:
        raise ValueError(f"{shown(name)} is not the name of a host") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceUrl:
    """An http or https URL in parts, all of them ASCII; the fragment is gone."""

    scheme: str
    host: str
    port: int
    target: str

    @classmethod
    def parse(cls, text: str) -> SourceUrl:
        """Read a URL. Raises BadUrlError that says what is wrong."""
        if len(text) > MAX_URL_CHARS:
            raise BadUrlError(f"the URL has {len(text)} characters, at most {MAX_URL_CHARS} are read")
        if _NEVER_IN_A_URL.search(text):
            raise BadUrlError("the URL holds a backslash, a control character, or a space at an end")
        try:
            parts = urlsplit(text)
        except ValueError as error:
            raise BadUrlError("the URL's host is malformed") from error
        return cls._of_parts(parts)

    @classmethod
    def _of_parts(cls, parts: SplitResult) -> SourceUrl:
        if parts.scheme not in DEFAULT_PORTS:
            raise BadUrlError("only http and https URLs are fetched")
        if "@" in parts.netloc:
            raise BadUrlError("a URL with a user name or a password is not fetched")
        try:
            host, port = parse_authority(parts.netloc)
        except ValueError as error:
            raise BadUrlError(f"the URL cannot be fetched: {error}") from error
        target = parts.path or "/"
        if parts.query:
            target += f"?{parts.query}"
        return cls(
            scheme=parts.scheme,
            host=host,
            port=port or DEFAULT_PORTS[parts.scheme],
            target=quote(target, safe=_SAFE_IN_TARGET),
        )

    def join(self, location: str) -> SourceUrl:
        """Read where a redirect leads from here. Raises BadUrlError."""
        # Before joining, which drops some of what is never in a URL.
        if _NEVER_IN_A_URL.search(location):
            raise BadUrlError("the redirect holds a backslash, a control character, or a space at an end")
        try:
            joined = urljoin(str(self), location)
        except ValueError as error:
            raise BadUrlError("the redirect's host is malformed") from error
        return self.parse(joined)

    @property
    def authority(self) -> str:
        """Host and port as the ``Host`` header has them: without the scheme's own port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def extension(self) -> str:
        """What the path says of the format: in lower case, without the dot; empty when it says nothing."""
        path = unquote(self.target.partition("?")[0], errors="replace")
        return PurePosixPath(path).suffix[1:].lower()

    def __str__(self) -> str:
        """The URL in the spelling in which it is asked for."""
        return f"{self.scheme}://{self.authority}{self.target}"
