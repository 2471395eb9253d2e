"""What the library can answer with, beside the errors of ``shared/errors.py``.

ServiceError                          500 internal_error
├── RequestError                      400 bad_request
│   ├── NotFoundError                 404 not_found
│   │   └── KeyNotFoundError          404 key_not_found
│   └── ConflictError                 409 conflict
│       ├── DuplicateImageError       409 duplicate_image
│       ├── NameTakenError            409 name_taken
│       └── UsernameTakenError        409 username_taken
└── CatalogueUnavailableError         503 catalogue_unavailable
"""

from __future__ import annotations

from http import HTTPStatus

from shared.errors import NotFoundError, RequestError, ServiceError


class ConflictError(RequestError):
    """What is to be added goes against what is there."""

    status = HTTPStatus.CONFLICT
    slug = "conflict"
    public_message = "This goes against what is there already"


class DuplicateImageError(ConflictError):
    """The library has these very bytes, under the name ``filename``."""

    slug = "duplicate_image"
    public_message = "The library has this image already"

    def __init__(self, filename: str) -> None:
        super().__init__(f"the library has this image already: {filename}")
        self.filename = filename


class NameTakenError(ConflictError):
    """Another image has the name ``filename``."""

    slug = "name_taken"
    public_message = "Another image has this name"

    def __init__(self, filename: str) -> None:
        super().__init__(f"another image has this name: {filename}")
        self.filename = filename


class UsernameTakenError(ConflictError):
    """Somebody has this name already, or it is the administrator's."""

    slug = "username_taken"
    public_message = "This username is taken"

    def __init__(self, username: str) -> None:
        super().__init__(f"the username {username} is taken")


class KeyNotFoundError(NotFoundError):
    """Nobody with this username has a key."""

    slug = "key_not_found"
    public_message = "There is no key of this username"


class CatalogueUnavailableError(ServiceError):
    """The database cannot be read or written: disk full, file damaged or read-only, server gone."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    slug = "catalogue_unavailable"
    public_message = "The library cannot be read or written just now"
    retry_after_s = 5
