"""What can go wrong while the bytes of a new image are brought in; adds to the tree of ``shared/errors.py``.

ServiceError                          500 internal_error
├── RequestError                      400 bad_request
│   ├── BadUrlError                   400 bad_url
│   ├── BadMultipartError             400 bad_multipart
│   ├── UploadTooSlowError            408 upload_too_slow
│   └── UploadAbortedError            400 upload_aborted
└── SourceError                       502 source_error
    ├── SourceForbiddenError          403 source_forbidden
    ├── SourceFailedError             502 source_failed
    └── SourceTimeoutError            504 source_timeout

Of an image that is too large, or none at all, ``TooLargeError`` and ``UnsupportedFormatError`` tell as everywhere.
"""

from __future__ import annotations

from http import HTTPStatus

from shared.errors import RequestError, ServiceError, shown


class BadUrlError(RequestError):
    """The URL of an image is none that can be fetched; its text says why."""

    slug = "bad_url"
    public_message = "The URL cannot be fetched: it must be an http or https URL"


class BadMultipartError(RequestError):
    """The body is no well-formed multipart/form-data, or has more in it than is read; its text says what."""

    slug = "bad_multipart"
    public_message = "The body is not well-formed multipart/form-data"


class UploadTooSlowError(RequestError):
    """The client took too long to send its body."""

    status = HTTPStatus.REQUEST_TIMEOUT
    slug = "upload_too_slow"
    public_message = "The body arrived too slowly"


class UploadAbortedError(RequestError):
    """The client left in the middle of its body: nobody is there to read this."""

    slug = "upload_aborted"
    public_message = "The upload was broken off"


class SourceError(ServiceError):
    """The place named for an image does not give one. ``message`` tells what the client named, and no more.

    ``detail`` is for the log: it may hold addresses, paths and causes.
    """

    status = HTTPStatus.BAD_GATEWAY
    slug = "source_error"
    public_message = "The image cannot be taken from there"

    def __init__(self, source: str = "", *, problem: str = "", detail: str = "") -> None:
        self._told = f"{shown(source)} {problem}" if source and problem else self.public_message
        super().__init__(f"{self._told}: {detail}" if detail else self._told)

    @property
    def message(self) -> str:
        """What the client is told."""
        return self._told


class SourceForbiddenError(SourceError):
    """Images may not be taken from this host, or from this path. What is not there looks the same."""

    status = HTTPStatus.FORBIDDEN
    slug = "source_forbidden"
    public_message = "Images may not be taken from there"

    def __init__(self, source: str = "", *, detail: str = "") -> None:
        super().__init__(source, problem="is no place that images may be taken from", detail=detail)


class SourceFailedError(SourceError):
    """The other server cannot be reached, breaks off, or answers with anything but a file."""

    slug = "source_failed"
    public_message = "The image could not be fetched"


class SourceTimeoutError(SourceError):
    """The other server is too slow, or says nothing at all."""

    status = HTTPStatus.GATEWAY_TIMEOUT
    slug = "source_timeout"
    public_message = "Fetching the image took too long"

    def __init__(self, source: str = "", *, detail: str = "") -> None:
        super().__init__(source, problem="took too long to send the image", detail=detail)
