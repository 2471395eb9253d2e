"""What only the API answers with; adds to the tree of ``shared/errors.py``.

ServiceError                          500 internal_error
└── RequestError                      400 bad_request
    ├── BadJsonError                  400 bad_json
    └── ContentTypeError              415 unsupported_content_type
"""

from __future__ import annotations

from http import HTTPStatus

from shared.errors import RequestError


class BadJsonError(RequestError):
    """The body is no JSON document; its text says where it stops being one."""

    slug = "bad_json"
    public_message = "The body is not well-formed JSON"


class ContentTypeError(RequestError):
    """The body is of a type that is not read here."""

    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    slug = "unsupported_content_type"
    public_message = "The body must be JSON: Content-Type: application/json"
