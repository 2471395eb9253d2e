"""Which errors an address may end in, by what it does; and how they look in the document.

The classes themselves say all there is to say: status, slug and text. Families are whole branches of their trees,
so that a new class is told of wherever its parent is.
"""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from frontend.api.errors import BadJsonError, ContentTypeError
from frontend.library.errors import (
    CatalogueUnavailableError,
    ConflictError,
    DuplicateImageError,
    KeyNotFoundError,
    NameTakenError,
    UsernameTakenError,
)
from frontend.library.ingest_errors import (
    BadMultipartError,
    BadUrlError,
    SourceError,
    UploadTooSlowError,
)
from frontend.volumes.errors import VolumeError
from shared.errors import (
    BadParameterError,
    DrainingError,
    ForbiddenError,
    ImageError,
    ImageNotFoundError,
    InactiveKeyError,
    NotFoundError,
    PipelineNotFoundError,
    RangeNotSatisfiableError,
    RateLimitedError,
    RequestError,
    ServiceError,
    TooLargeError,
    UnauthorizedError,
    UrlTooLongError,
    WorkerError,
    tree,
)

Failures = tuple[type[ServiceError], ...]

_OURS = ("shared.", "frontend.")


def family(root: type[ServiceError]) -> Failures:
    """All classes of a branch; what a plug-in or a test derives is not ours to tell."""
    return tuple(error for _, error in tree(root) if error.__module__.startswith(_OURS))


EVERYWHERE: Failures = (RequestError, UrlTooLongError, ServiceError, DrainingError)
KEY: Failures = (UnauthorizedError, InactiveKeyError, RateLimitedError)
"""Of asking with a key, or without one where one is needed."""
ROLE: Failures = (ForbiddenError,)
"""Of a key whose role may not."""
SIGNATURE: Failures = family(ForbiddenError)
"""Of addresses that must be signed."""
QUERY: Failures = (BadParameterError,)
JSON: Failures = (BadJsonError, BadParameterError, UploadTooSlowError, TooLargeError, ContentTypeError)
FORM: Failures = (BadMultipartError, BadParameterError, UploadTooSlowError, TooLargeError)
NAME: Failures = (NotFoundError, ImageNotFoundError)
CATALOGUE: Failures = (CatalogueUnavailableError,)
STORAGE: Failures = family(VolumeError)
WORK: Failures = (*family(ImageError), *family(WorkerError))
"""Of having a worker look at an image."""
RANGE: Failures = (RangeNotSatisfiableError,)
SOURCE: Failures = (BadUrlError, *family(SourceError))
"""Of taking an image from a folder or from the web."""
ADDING: Failures = (ConflictError, DuplicateImageError, NameTakenError, *WORK, *STORAGE, *CATALOGUE)
PIPELINE: Failures = (PipelineNotFoundError,)
NEW_KEY: Failures = (UsernameTakenError,)
KEY_OF: Failures = (KeyNotFoundError,)

_HEADERS = {
    HTTPStatus.UNAUTHORIZED: ("WWW-Authenticate",),
    HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE: ("Content-Range",),
    HTTPStatus.TOO_MANY_REQUESTS: ("Retry-After",),
    HTTPStatus.SERVICE_UNAVAILABLE: ("Retry-After",),
}


def by_status(failures: Iterable[type[ServiceError]]) -> dict[HTTPStatus, list[type[ServiceError]]]:
    """Sort classes by their status, each once."""
    sorted_out: dict[HTTPStatus, list[type[ServiceError]]] = {}
    for error in sorted(set(failures), key=lambda error: (error.status, error.slug)):
        sorted_out.setdefault(error.status, []).append(error)
    return sorted_out


def response(status: HTTPStatus, errors: list[type[ServiceError]]) -> dict[str, Any]:
    """One response object for all errors of a status."""
    schema = {
        "$ref": "#/components/schemas/Error",
        "properties": {"code": {"const": int(status)}, "error": {"enum": [error.slug for error in errors]}},
    }
    content: dict[str, Any] = {
        "application/json": {"schema": schema, "examples": {error.slug: _example(error) for error in errors}}
    }
    if status == HTTPStatus.NOT_FOUND:
        # What a person's browser gets instead.
        content["text/html"] = {"schema": {"type": "string"}}
    names = ("X-Request-ID", *_HEADERS.get(status, ()))
    return {
        "description": "; ".join(f"`{error.slug}`: {error.public_message}" for error in errors),
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in names},
        "content": content,
    }


def _example(error: type[ServiceError]) -> dict[str, Any]:
    value = {"code": int(error.status), "error": error.slug, "message": error.public_message}
    if issubclass(error, (DuplicateImageError, NameTakenError)):
        value["filename"] = "cat.jpg"
    return {"summary": error.public_message, "value": {**value, "request_id": "6f1f0f7f9cbb1c5e"}}
