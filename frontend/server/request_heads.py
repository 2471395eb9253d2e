"""Tells a request the application can be asked from a head that means nothing, or could mean two things."""

from __future__ import annotations

import re

import h11
from h2.exceptions import ProtocolError
from h2.utilities import HeaderValidationFlags, validate_headers
from hypercorn.utils import filter_pseudo_headers

Headers = list[tuple[bytes, bytes]]

_ABSOLUTE_FORM = re.compile(
    rb"https?://(?P<authority>(?:[\w.~%!$&'()*+,;=-]+|\[[0-9a-f:.]+\])(?::\d*)?)(?P<origin_form>[/?].*)?",
    re.IGNORECASE,
)
_PATH = re.compile(rb"/[\x21-\x7e]*")
_METHOD = re.compile(rb"[A-Z][A-Z-]*")
_A_REQUEST = HeaderValidationFlags(
    is_client=False, is_trailer=False, is_response_header=False, is_push_promise=False
)


class BadRequestError(Exception):
    """There is no one thing this request asks for."""


def read_http1_head(request: h11.Request) -> tuple[bytes, Headers]:
    """Return the target in origin form and the headers. Raises BadRequestError."""
    headers = list(request.headers)
    names = {name for name, _ in headers}
    if b"transfer-encoding" in names and (b"content-length" in names or request.http_version != b"1.1"):
        # A proxy before us may have gone by the other length: the shape of request smuggling.
        raise BadRequestError("two lengths")
    if not (_METHOD.fullmatch(request.method) and request.http_version.startswith(b"1.")):
        # Hypercorn would take the one for another method, and h11 the other for what it speaks.
        raise BadRequestError("a method that is none, or another version")
    if request.target.startswith(b"/") or _is_asterisk(request.method, request.target):
        return request.target, headers
    absolute = _ABSOLUTE_FORM.fullmatch(request.target)
    if absolute is None:
        raise BadRequestError("a target in no form that is served")
    origin_form: bytes = absolute["origin_form"] or b"/"
    # The target's authority stands for the Host header, whatever that says (RFC 9112, 3.2.2).
    headers = [(b"host", absolute["authority"]), *(pair for pair in headers if pair[0] != b"host")]
    return origin_form if origin_form.startswith(b"/") else b"/" + origin_form, headers


def read_http2_head(fields: Headers) -> tuple[str, bytes, Headers]:
    """Return the method, the path and the headers, ``host`` among them. Raises BadRequestError.

    What HTTP/2 forbids h2 finds, here and not when it reads: there it would end the connection, and with it what
    others ask for on it (RFC 9113, 8.1.1). It lets through what only HTTP forbids.
    """
    try:
        fields = list(validate_headers(fields, _A_REQUEST))
    except ProtocolError as error:
        raise BadRequestError(str(error)) from error
    pseudo = {name: value for name, value in fields if name.startswith(b":")}
    method, path = pseudo.get(b":method", b""), pseudo.get(b":path", b"")
    if not _METHOD.fullmatch(method):
        raise BadRequestError("a method that is none")
    if not (_PATH.fullmatch(path) or _is_asterisk(method, path)):
        raise BadRequestError("a path that is none")
    return method.decode("ascii"), path, filter_pseudo_headers(fields)


def _is_asterisk(method: bytes, target: bytes) -> bool:
    return (method, target) == (b"OPTIONS", b"*")
