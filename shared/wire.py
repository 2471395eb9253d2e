"""Frames: four bytes of length, big-endian, then one msgpack map with a ``type``. No I/O in here.

One decoder serves Trio streams, blocking workers and tests. A malformed frame raises ProtocolError, and who
receives one treats its peer as dead.
"""

from __future__ import annotations

import dataclasses
import struct
import types
import typing
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

import msgpack

from shared.messages import Message

MAX_FRAME_BYTES = 256 << 20
MAX_BODY_BYTES = MAX_FRAME_BYTES - (64 << 10)
"""The largest image a frame carries: the rest of it takes less than 64 KiB."""

_HEADER = struct.Struct(">I")
# Names of files that are no UTF-8 hold surrogates: a path must arrive as it was sent.
_UNICODE_ERRORS = "surrogatepass"
# Room is made for as many elements as an array claims, at every depth: no list in a message is nearly as long.
_MAX_ITEMS = 4096
_KINDS: dict[str, type[Message]] = {kind.type: kind for kind in get_args(Message)}


class ProtocolError(Exception):
    """The peer sent something that is no message: it is broken, or of another version."""


def encode(message: Message) -> bytes:
    """Return the frame for ``message``. Raises ProtocolError when it would be too large."""
    body = msgpack.packb({"type": message.type, **dataclasses.asdict(message)}, unicode_errors=_UNICODE_ERRORS)
    if len(body) > MAX_FRAME_BYTES:
        raise ProtocolError(f"a {message.type} of {len(body)} bytes, limit is {MAX_FRAME_BYTES}")
    return _HEADER.pack(len(body)) + typing.cast("bytes", body)


class FrameDecoder:
    """Turns bytes, cut anywhere, into messages."""

    def __init__(self, *, max_frame_bytes: int = MAX_FRAME_BYTES) -> None:
        self._buffer = bytearray()
        self._max_frame_bytes = max_frame_bytes

    def feed(self, data: bytes | bytearray | memoryview) -> Iterator[Message]:
        """Take ``data``, and yield each message that it completes."""
        self._buffer += data
        return self._messages()

    def _messages(self) -> Iterator[Message]:
        while len(self._buffer) >= _HEADER.size:
            (size_bytes,) = _HEADER.unpack_from(self._buffer)
            # Checked before we wait for the body: a peer that lies about the length must not make us buffer it.
            if size_bytes > self._max_frame_bytes:
                raise ProtocolError(f"a frame of {size_bytes} bytes, limit is {self._max_frame_bytes}")
            end = _HEADER.size + size_bytes
            if len(self._buffer) < end:
                return
            with memoryview(self._buffer) as view, view[_HEADER.size : end] as body:
                message = _decode(body)
            del self._buffer[:end]
            yield message


def _decode(body: memoryview) -> Message:
    try:
        fields = msgpack.unpackb(
            body, unicode_errors=_UNICODE_ERRORS, max_array_len=_MAX_ITEMS, max_map_len=_MAX_ITEMS
        )
    except (ValueError, msgpack.UnpackException) as error:
        raise ProtocolError(f"not msgpack: {error!r}") from error
    name = fields.pop("type", None) if isinstance(fields, dict) else None
    if not isinstance(name, str) or name not in _KINDS:
        raise ProtocolError("not a message of a known type")
    return typing.cast("Message", _build(_KINDS[name], fields))


@cache
def _hints(kind: type) -> Mapping[str, Any]:
    hints = get_type_hints(kind)
    return {item.name: hints[item.name] for item in dataclasses.fields(kind)}


def _build(kind: type, fields: object) -> object:
    """Make a dataclass from a map, every field given and of its declared type."""
    hints = _hints(kind)
    if not isinstance(fields, dict) or fields.keys() != hints.keys():
        raise ProtocolError(f"not the fields of {kind.__name__}")
    return kind(**{name: _value(hint, fields[name], f"{kind.__name__}.{name}") for name, hint in hints.items()})


def _value(hint: Any, value: object, where: str) -> object:  # noqa: ANN401 - a type, of any kind
    if dataclasses.is_dataclass(hint):
        return _build(typing.cast("type", hint), value)
    if isinstance(hint, types.UnionType):
        options = [option for option in get_args(hint) if option is not types.NoneType]
        return None if value is None else _value(options[0], value, where)
    if get_origin(hint) is tuple and isinstance(value, list):
        return tuple(_value(get_args(hint)[0], item, where) for item in value)
    if get_origin(hint) is dict and isinstance(value, dict):
        of_key, of_value = get_args(hint)
        return {_value(of_key, key, where): _value(of_value, item, where) for key, item in value.items()}
    if hint is float and type(value) is int:
        return float(value)
    if isinstance(hint, type) and type(value) is hint:
        return value
    raise ProtocolError(f"{where} is a {type(value).__name__}")
