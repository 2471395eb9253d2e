"""The text of a key."""

from __future__ import annotations

import hashlib

import pytest

from frontend.access.tokens import digest_of, is_token, new_token, shown_part

TOKEN = "tintype_" + "A" * 43


def test_new_keys_are_keys_and_differ() -> None:
    """Each is of the one form; none comes twice."""
    tokens = {new_token() for _ in range(200)}
    assert len(tokens) == 200
    assert all(is_token(token) and len(token) == 51 for token in tokens)


@pytest.mark.parametrize(
    "text",
    [
        "",
        TOKEN[:-1],
        TOKEN + "A",
        TOKEN + "\n",
        "Tintype_" + "A" * 43,
        "tintype-" + "A" * 43,
        "tintype_admin_" + "A" * 43,
        "tintype_" + "A" * 42 + "+",
        "tintype_" + "A" * 42 + "B",
        "tintype_" + "A" * 42 + "=",
        "tintype_" + "Ä" * 43,
        "tintype_" + "\ud800" * 43,
        " " + TOKEN,
    ],
    ids=ascii,
)
def test_other_texts_are_none(text: str) -> None:
    """Wrong prefix, length or alphabet, and an end that 256 bits cannot have."""
    assert is_token(TOKEN)
    assert not is_token(text)


def test_digest_is_the_sha_256() -> None:
    """Anybody can compute it from the key, and nobody the key from it."""
    assert digest_of(TOKEN) == hashlib.sha256(TOKEN.encode()).digest()


def test_shown_part_is_short() -> None:
    """Its owner recognises it; what is not shown has at least 128 bits by far."""
    token = new_token()
    assert token.startswith(shown_part(token))
    assert len(shown_part(token)) == 14
