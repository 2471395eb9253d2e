"""Every error the service can answer with, and how each looks to the client.

Raised anywhere, turned into an HTTP answer in one place (``frontend/reply.py``), and sent between
processes by slug (``shared/messages.py``), so that no one ever has to read an error's text to decide.

ServiceError                          500 internal_error
├── RequestError                      400 bad_request
│   ├── BadParameterError             400 bad_parameter
│   ├── UnauthorizedError             401 unauthorized
│   │   └── InactiveKeyError          401 inactive_key
│   ├── ForbiddenError                403 forbidden
│   │   ├── BadSignatureError         403 bad_signature
│   │   └── ExpiredSignatureError     403 expired_signature
│   ├── NotFoundError                 404 not_found
│   │   ├── ImageNotFoundError        404 image_not_found
│   │   └── PipelineNotFoundError     404 pipeline_not_found
│   ├── MethodNotAllowedError         405 method_not_allowed
│   ├── UrlTooLongError               414 url_too_long
│   ├── RangeNotSatisfiableError      416 range_not_satisfiable
│   └── RateLimitedError              429 rate_limited
├── ImageError                        422 bad_image
│   ├── UnsupportedFormatError        415 unsupported_format
│   ├── CorruptImageError             422 corrupt_image
│   ├── TooLargeError                 413 too_large
│   ├── TooManyPixelsError            422 too_many_pixels
│   ├── TooManyFramesError            422 too_many_frames
│   ├── OutOfMemoryError              422 out_of_memory
│   ├── DoesNotFitError               422 does_not_fit
│   ├── QuarantinedError              422 quarantined
│   └── SourceChangedError            503 source_changed
└── WorkerError                       503 worker_failed
    ├── WorkerCrashedError            503 worker_crashed
    ├── QueueFullError                503 queue_full
    ├── DrainingError                 503 draining
    └── DeadlineExceededError         504 deadline_exceeded
"""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import ClassVar


def shown(text: str, *, max_chars: int = 80) -> str:
    """Make what a client sent fit to be said: not too long, and all of it printable."""
    return repr(text if len(text) <= max_chars else text[: max_chars - 3] + "...")


class ServiceError(Exception):
    """The root: something went wrong that the client may be told about.

    ``str(error)`` is what the log gets; ``error.message`` is what the client gets. They are the same text only
    where a class says so, because a log may hold paths and causes that a client must not see.
    """

    status: ClassVar[HTTPStatus] = HTTPStatus.INTERNAL_SERVER_ERROR
    slug: ClassVar[str] = "internal_error"
    public_message: ClassVar[str] = "Something went wrong on our side"
    speaks_to_client: ClassVar[bool] = False
    retry_after_s: int | None = None

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or self.public_message)

    @property
    def message(self) -> str:
        """What the client is told."""
        return str(self) if self.speaks_to_client else self.public_message


class RequestError(ServiceError):
    """The request itself is wrong; its text names what, and what is allowed."""

    status = HTTPStatus.BAD_REQUEST
    slug = "bad_request"
    public_message = "The request cannot be understood"
    speaks_to_client = True


class BadParameterError(RequestError):
    """A parameter has a value that is not allowed: names the parameter, the value and what is."""

    slug = "bad_parameter"
    public_message = "A parameter has a value that is not allowed"

    @classmethod
    def of(cls, name: str, value: str, allowed: str) -> BadParameterError:
        """Say which parameter, which value (cut to 80 characters) and what is allowed."""
        return cls(f"{name}={shown(value)} is not allowed: {allowed}")


class UnauthorizedError(RequestError):
    """A key is needed and none, or an unknown one, was given."""

    status = HTTPStatus.UNAUTHORIZED
    slug = "unauthorized"
    public_message = "A valid key is needed: Authorization: Bearer <key>"


class InactiveKeyError(UnauthorizedError):
    """The key is known and was switched off."""

    slug = "inactive_key"
    public_message = "This key is not active"


class ForbiddenError(RequestError):
    """Who asks is known, and may not; the text says who may."""

    status = HTTPStatus.FORBIDDEN
    slug = "forbidden"
    public_message = "This is not allowed"


class BadSignatureError(ForbiddenError):
    """A signature is needed and none was given, or it is not that of this address."""

    slug = "bad_signature"
    public_message = "The address is not signed, or its signature is not right"


class ExpiredSignatureError(ForbiddenError):
    """The signature is right and was good until ``exp``."""

    slug = "expired_signature"
    public_message = "The signature of this address has expired"


class NotFoundError(RequestError):
    """Nothing lives at this address."""

    status = HTTPStatus.NOT_FOUND
    slug = "not_found"
    public_message = "There is nothing at this address"


class ImageNotFoundError(NotFoundError):
    """No image has this name."""

    slug = "image_not_found"
    public_message = "There is no image of this name"


class PipelineNotFoundError(NotFoundError):
    """No pipeline has this name."""

    slug = "pipeline_not_found"
    public_message = "There is no pipeline of this name"


class MethodNotAllowedError(RequestError):
    """The address exists, the method does not; ``allow`` lists those that do."""

    status = HTTPStatus.METHOD_NOT_ALLOWED
    slug = "method_not_allowed"
    public_message = "This method is not allowed here"

    def __init__(self, method: str, *, allow: tuple[str, ...]) -> None:
        super().__init__(f"{shown(method)} is not allowed here, only {', '.join(allow)}")
        self.allow = allow


class UrlTooLongError(RequestError):
    """The path and query together are longer than the server reads."""

    status = HTTPStatus.REQUEST_URI_TOO_LONG
    slug = "url_too_long"
    public_message = "The URL is too long"


class RangeNotSatisfiableError(RequestError):
    """The requested bytes lie outside the file, whose length is ``size_bytes``."""

    status = HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
    slug = "range_not_satisfiable"
    public_message = "The requested range lies outside the image"

    def __init__(self, *, size_bytes: int) -> None:
        super().__init__(f"the requested range lies outside the image's {size_bytes} bytes")
        self.size_bytes = size_bytes


class RateLimitedError(RequestError):
    """More was asked for than may be in that time; after ``retry_after_s`` whole seconds one more may.

    ``decision`` is what whoever keeps the limit decided, for the headers of the reply; nothing here looks into it.
    """

    status = HTTPStatus.TOO_MANY_REQUESTS
    slug = "rate_limited"
    public_message = "Too many requests"

    def __init__(self, detail: str = "", *, retry_after_s: int = 1, decision: object = None) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s
        self.decision = decision


class ImageError(ServiceError):
    """The image is at fault: asking again gives the same answer."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    slug = "bad_image"
    public_message = "The image cannot be processed"


class UnsupportedFormatError(ImageError):
    """The bytes are of no format that we read."""

    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    slug = "unsupported_format"
    public_message = "The file is not an image of a supported format"
    speaks_to_client = True


class CorruptImageError(ImageError):
    """The bytes begin like an image and cannot be decoded."""

    slug = "corrupt_image"
    public_message = "The image is truncated or corrupt"


class TooLargeError(ImageError):
    """The source has more bytes than are read."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    slug = "too_large"
    public_message = "The image file is too large"
    speaks_to_client = True


class TooManyPixelsError(ImageError):
    """Source or result has more pixels, or longer sides, than are allowed."""

    slug = "too_many_pixels"
    public_message = "The image has too many pixels"
    speaks_to_client = True


class TooManyFramesError(ImageError):
    """The animation has more frames than are decoded."""

    slug = "too_many_frames"
    public_message = "The animation has too many frames"
    speaks_to_client = True


class OutOfMemoryError(ImageError):
    """The job met the worker's memory ceiling."""

    slug = "out_of_memory"
    public_message = "The image needs more memory than a worker may use"


class DoesNotFitError(ImageError):
    """Even at its lowest quality the result has more bytes than ``max_bytes`` asks for."""

    slug = "does_not_fit"
    public_message = "The result cannot be made as small as was asked for"
    speaks_to_client = True


class QuarantinedError(ImageError):
    """The image ended several workers a short while ago and is left alone until it may be tried again."""

    slug = "quarantined"
    public_message = "The image made its workers fail and is not tried again for a while"

    def __init__(self, detail: str = "", *, retry_after_s: int | None = None) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class SourceChangedError(ImageError):
    """The file was replaced between its look-up and its reading; a new look-up finds the new one."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    slug = "source_changed"
    public_message = "The image was being replaced, try again"
    retry_after_s = 1


class WorkerError(ServiceError):
    """We are at fault: asking again may help."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    slug = "worker_failed"
    public_message = "The image could not be processed just now"
    retry_after_s: int | None = 1


class WorkerCrashedError(WorkerError):
    """The worker died in the middle of the job, and so did the one that tried it again."""

    slug = "worker_crashed"
    public_message = "The process working on the image ended unexpectedly"


class QueueFullError(WorkerError):
    """As many jobs wait as may wait, or this one waited as long as it may."""

    slug = "queue_full"
    public_message = "Too many images are waiting to be processed"

    def __init__(self, detail: str = "", *, retry_after_s: int = 1) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class DrainingError(WorkerError):
    """The server is shutting down and takes no new work."""

    slug = "draining"
    public_message = "The server is shutting down"


class DeadlineExceededError(WorkerError):
    """The job took longer than a job may take; its worker was replaced."""

    status = HTTPStatus.GATEWAY_TIMEOUT
    slug = "deadline_exceeded"
    public_message = "Processing the image took too long"
    retry_after_s = None


def tree(root: type[ServiceError] = ServiceError) -> Iterator[tuple[int, type[ServiceError]]]:
    """Yield every error class with its depth below ``root``, parents first."""
    yield 0, root
    for child in root.__subclasses__():
        for depth, error in tree(child):
            yield depth + 1, error


# Errors a worker may report; any other slug in a frame is the worker's bug.
REPORTABLE: dict[str, type[ServiceError]] = {
    error.slug: error
    for error in (
        ServiceError,
        BadParameterError,
        ImageError,
        UnsupportedFormatError,
        CorruptImageError,
        TooLargeError,
        TooManyPixelsError,
        TooManyFramesError,
        OutOfMemoryError,
        DoesNotFitError,
        SourceChangedError,
    )
}
