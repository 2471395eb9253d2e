"""What goes wrong with bytes on a disk, and how it looks to the client.

``OSError`` ends here: the volumes raise only these. The rest of the tree stands in ``shared/errors.py``.

ServiceError                          500 internal_error
└── VolumeError                       503 storage_failed
    └── VolumeFullError               507 insufficient_storage
"""

from __future__ import annotations

import errno
from http import HTTPStatus

from shared.errors import ServiceError

# Of the disk, of a quota, of the size of a file: room is what is missing, whoever sets the bounds.
_NO_ROOM = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG))


class VolumeError(ServiceError):
    """The disk did not do what it was asked: it is read-only, failing or gone."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    slug = "storage_failed"
    public_message = "The storage cannot be used just now"
    retry_after_s: int | None = 10


class VolumeFullError(VolumeError):
    """There is no room: of the volume's own limits, or on the disk."""

    status = HTTPStatus.INSUFFICIENT_STORAGE
    slug = "insufficient_storage"
    public_message = "The storage is full"
    retry_after_s = None


def volume_error(error: OSError) -> VolumeError:
    """Say in our words what the operating system said in its own."""
    kind = VolumeFullError if error.errno in _NO_ROOM else VolumeError
    return kind(str(error))
