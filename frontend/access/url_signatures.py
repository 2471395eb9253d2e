"""What a signed address entitles to: tells right signatures from wrong and old ones, and who may transform.

What is signed, and how, is told in ``shared/signing.py``; asking is the delivery's business.
"""

from __future__ import annotations

from collections.abc import Iterable

from frontend.settings import AccessSettings, TransformMode
from shared.errors import BadSignatureError, ExpiredSignatureError, ForbiddenError
from shared.signing import bears_signature, expiry_s, is_signed_by


class UrlSignatures:
    """Checks addresses against all the keys there are; without keys no signature is right."""

    def __init__(self, keys: Iterable[bytes]) -> None:
        self._keys = tuple(keys)

    @classmethod
    def of(cls, settings: AccessSettings) -> UrlSignatures:
        """Take the keys the settings give."""
        return cls(key.get_secret_value().encode("ascii") for key in settings.signing_keys)

    def check(self, path: str, query: str, *, now_s: float) -> bool:
        """Return whether the address is signed; ``path`` is decoded, as in an ASGI scope, ``query`` is not.

        Raises BadSignatureError if it bears a signature that is not right, ExpiredSignatureError if it is right
        and was good until ``exp``.
        """
        if not bears_signature(query):
            return False
        if not is_signed_by(path, query, self._keys):
            raise BadSignatureError("the signature of this address is not right")
        _require_unexpired(query, now_s=now_s)
        return True


def _require_unexpired(query: str, *, now_s: float) -> None:
    try:
        end_s = expiry_s(query)
    except ValueError as error:
        raise BadSignatureError(str(error)) from error
    if end_s is not None and now_s >= end_s:
        raise ExpiredSignatureError(f"the signature of this address was good until exp={end_s}")


class TransformPolicy:
    """Decides who may have images transformed: anyone, whoever has a signed address, or nobody freely."""

    def __init__(self, mode: TransformMode) -> None:
        self._mode = mode

    def require(self, *, is_signed: bool, is_plan_free: bool, is_idle: bool) -> None:
        """Raise BadSignatureError or ForbiddenError unless the plan may be carried out.

        ``is_plan_free`` says that the query itself holds transformations, ``is_idle`` that there is nothing to be
        done: whoever may have the image may have its own bytes.
        """
        if is_idle or self._mode == "open":
            return
        if self._mode == "signed" and not is_signed:
            raise BadSignatureError(
                "transformations need a signed address here: sign it, or ask without parameters"
            )
        if self._mode == "presets" and is_plan_free:
            raise ForbiddenError("transformations of one's own are not allowed here, only presets and pipelines")
