"""What a signature holds fast, and what it leaves open, down to a seeded search for ways around it."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable
from urllib.parse import parse_qsl, quote, unquote

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from shared.signing import bears_signature, is_signed_by, sign, sign_url, signature, signed_text

KEY = b"a key of sixteen bytes or more"
OTHER_KEY = b"another key of as many bytes"
PROPERTY = settings(derandomize=True, deadline=None, max_examples=200)

# What addresses are made of, with all that has a meaning of its own in one or looks like something else.
TEXTS = st.text(
    st.sampled_from("aAzZ09-._~ +%&=?;/#:@!$'()*,\"\\<>|\x00\n\t\u00e9e\u0301\u0430\ufffd\U0001f600"), max_size=8
)
PATHS = TEXTS.map("/images/{}".format)
PAIRS = st.lists(st.tuples(TEXTS, TEXTS), max_size=5).filter(
    lambda pairs: not {"sig", "exp"} & {name for name, _ in pairs}
)


def written(path: str, pairs: list[tuple[str, str]]) -> str:
    """One address of many that mean this."""
    return quote(path) + "?" + "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)


def received(url: str) -> tuple[str, str]:
    """What a server makes of an address: the decoded path and the query, as in an ASGI scope."""
    path, _, query = url.partition("#")[0].partition("?")
    return unquote(path), query


def meaning(path: str, query: str) -> tuple[str, list[tuple[str, str]]]:
    """What a signature stands for."""
    return path, sorted(pair for pair in parse_qsl(query, keep_blank_values=True) if pair[0] != "sig")


def is_accepted(url: str) -> bool:
    return is_signed_by(*received(url), [KEY])


def test_signature_is_that_of_the_specification() -> None:
    """The text is the encoded path and the sorted parameters, the signature its HMAC-SHA256 in base64url."""
    path, query = "/images/caf\u00e9 ~1.jpg", "w=8+0&a=%7e%2f&b&sig=whatever"
    assert signed_text(path, query) == "/images/caf%C3%A9%20~1.jpg?a=~%2F&b=&w=8%200"
    # printf '%s' "$TEXT" | openssl dgst -sha256 -hmac "$KEY" -binary | openssl base64 | tr '+/' '-_'
    assert signature(path, query, key=KEY) == "UdPrxUxaCCOFzhBWkq9VmbS4_D94oBu4IHQy9hY8o5s"


def test_signing_appends_the_end_and_the_signature() -> None:
    """What is there stays as it is written; without parameters nothing stands before them."""
    assert sign("/a", "w=1", key=KEY).startswith("w=1&sig=")
    assert sign("/a", "", key=KEY).startswith("sig=")
    assert sign("/a", "w=%31", key=KEY, expires_s=1_900_000_000).startswith("w=%31&exp=1900000000&sig=")


@PROPERTY
@given(path=PATHS, pairs=PAIRS, expires_s=st.none() | st.integers(0, 10**12))
@example(path="/", pairs=[("", "")], expires_s=None)
def test_signed_url_is_accepted(path: str, pairs: list[tuple[str, str]], expires_s: int | None) -> None:
    """Whatever it holds, a signed address is accepted by its key, and by no other."""
    signed = sign_url(written(path, pairs), key=KEY, expires_s=expires_s)
    assert is_signed_by(*received(signed), [OTHER_KEY, KEY])
    assert not is_signed_by(*received(signed), [OTHER_KEY])
    assert not is_signed_by(*received(signed), [])


@PROPERTY
@given(one=st.tuples(PATHS, PAIRS), other=st.tuples(PATHS, PAIRS))
@example(one=("/a", [("b", "1&c=2")]), other=("/a", [("b", "1"), ("c", "2")]))
@example(one=("/a?b=1", []), other=("/a", [("b", "1")]))
@example(one=("/a", [("b=1&c", "2")]), other=("/a", [("b", "1"), ("c", "2")]))
@example(one=("/a", [("b", "=")]), other=("/a", [("b=", "")]))
def test_addresses_that_mean_different_things_share_no_text(
    one: tuple[str, list[tuple[str, str]]], other: tuple[str, list[tuple[str, str]]]
) -> None:
    """The text that is signed tells every meaning from every other."""
    texts = [signed_text(*received(written(*address))) for address in (one, other)]
    assert (texts[0] == texts[1]) == ((one[0], sorted(one[1])) == (other[0], sorted(other[1])))


@PROPERTY
@given(path=PATHS, pairs=PAIRS, dice=st.randoms(use_true_random=False))
def test_other_spellings_are_accepted(path: str, pairs: list[tuple[str, str]], dice: random.Random) -> None:
    """Parameters in another order and characters encoded in another way do not break a signature."""
    signed = sign_url(written(path, pairs), key=KEY)
    decoded_path, query = received(signed)
    shuffled = parse_qsl(query, keep_blank_values=True)
    dice.shuffle(shuffled)

    def respell(text: str, *, blank: str = "%20") -> str:
        # Every byte that may stand for itself does so, or is encoded in lower case.
        spelled = (chr(byte) if chr(byte).isalnum() and byte < 128 else f"%{byte:02x}" for byte in text.encode())
        encoded = (f"%{byte:02X}" for byte in text.encode())
        return "".join(dice.choice(pair) for pair in zip(spelled, encoded, strict=True)).replace("%20", blank)

    respelled = "&".join(f"{respell(name, blank='+')}={respell(value, blank='+')}" for name, value in shuffled)
    assert is_accepted(f"{respell(decoded_path)}?{respelled}")


SIGNED = sign_url("/images/caf\u00e9/a~b c.jpg?w=80&h=&text=x%26y+z;1&w=80", key=KEY, expires_s=1_900_000_000)
SIG = SIGNED.rpartition("sig=")[2]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("~", "%7E"),
        ("%C3%A9", "%c3%a9"),
        ("caf%C3%A9/", "caf%C3%A9%2F"),
        ("+", "%20"),
        ("h=&", "h&"),
        ("h=&", "h=&&"),
        ("?", "?&"),
        ("sig=", "%73ig="),
        (";", "%3B"),
        ("w=80&h=", "h=&w=80"),
    ],
)
def test_spelling_of_the_same_is_accepted(old: str, new: str) -> None:
    """What a browser, a proxy or a library makes of an address means the same."""
    assert is_accepted(SIGNED.replace(old, new, 1))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/images/", "/images//"),
        ("/images/", "/images/./"),
        ("/images/", "/images/x/../"),
        ("/images/", "/images/%2e%2e/images/"),
        ("/images/", "/Images/"),
        ("/images/", "/"),
        ("/images/", "//images/"),
        ("/images/", "/images%252F"),
        ("a~b", "%D0%B0~b"),
        ("%C3%A9", "e%CC%81"),
        ("%C3%A9", "%E9"),
        ("%20c", "+c"),
        (".jpg", ".jpg/"),
        (".jpg", ".jpg%00"),
        (".jpg", ".jpg%20"),
        (".jpg", ".jpg;x"),
        (".jpg?", ".jpg%3F"),
        ("w=80", "w=81"),
        ("w=80", "W=80"),
        ("w=80&", ""),
        ("w=80", "w=80&w=80"),
        ("w=80", "w=80&q=1"),
        ("w=80", "w=80;q=1"),
        ("w=80", "w=80&SIG=1"),
        ("w=80", "w=80%20"),
        ("w=80", "w=%2B80"),
        ("h=", "h=0"),
        ("h=&", "&"),
        ("%26", "&"),
        ("+z", "%2Bz"),
        ("exp=1900000000", "exp=1900000001"),
        ("exp=1900000000", "exp=01900000000"),
        ("exp=1900000000", "exp=1900000000&exp=1900000001"),
        ("exp=1900000000&", ""),
        ("sig=", "SIG="),
        ("sig=", "sig=&sig="),
        (f"sig={SIG}", f"sig={SIG}&sig={SIG}"),
        (SIG, ""),
        (SIG, f"{SIG}="),
        (SIG, f"{SIG}%3D"),
        (SIG, f"{SIG}%20"),
        (SIG, f"%20{SIG}"),
        (SIG, f"{SIG}%0A"),
        (SIG, SIG[:-1]),
        (SIG, SIG.swapcase()),
        (SIG, f"{SIG}A"),
        (SIG, "\u00e9" * 43),
        (SIG, "%ff" * 43),
    ],
)
def test_any_other_address_is_refused(old: str, new: str) -> None:
    """A signature is good for nothing that means something else, or that a laxer reader would call the same."""
    changed = SIGNED.replace(old, new, 1)
    assert changed != SIGNED
    assert not is_accepted(changed)


def test_signature_has_one_spelling() -> None:
    """The last character's two bits that no byte needs are not free to choose."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    stem = SIGNED.removesuffix(SIG) + SIG[:-1]
    assert [last for last in alphabet if is_accepted(stem + last)] == [SIG[-1]]


def test_fragment_is_no_part_of_a_request() -> None:
    """What stands behind ``#`` stays where it is, unsigned: it is never sent."""
    signed = sign_url("/a.svg?w=1#view", key=KEY)
    assert signed.endswith("#view")
    assert signed.removesuffix("#view") == sign_url("/a.svg?w=1", key=KEY)


def _twist_case(text: str) -> str:
    return text.swapcase()


TWISTS: list[Callable[[str], str]] = [
    _twist_case,
    lambda text: text + text,
    lambda text: text + "&" + text,
    lambda text: text.replace("/", "//", 1),
    lambda text: text.replace("/", "/./", 1),
    lambda text: text.replace("/", "/%2e%2e/", 1),
    lambda text: text.replace("/", "%2f", 1),
    lambda text: text.replace("&", ";", 1),
    lambda text: text.replace("&", "&&", 1),
    lambda text: text.replace("&", "%26", 1),
    lambda text: text.replace("=", "%3D", 1),
    lambda text: text.replace("+", "%2B"),
    lambda text: text.replace("%20", "+"),
    lambda text: text.replace("%", "%25"),
    lambda text: quote(unicodedata.normalize("NFC", unquote(text))),
    lambda text: quote(unicodedata.normalize("NFD", unquote(text))),
    lambda text: quote(unicodedata.normalize("NFKC", unquote(text))),
    lambda text: text + "=",
    lambda text: text + " ",
    lambda text: text + "#x",
    lambda text: text[:-1],
    lambda text: text[1:],
    lambda text: "&".join(reversed(text.split("&"))),
    lambda text: "&".join(text.split("&")[1:]),
    lambda text: unquote(text),
    lambda text: text.upper(),
    lambda text: text.lower(),
]


@settings(PROPERTY, max_examples=600)
@given(
    path=PATHS,
    pairs=PAIRS,
    twists=st.lists(st.sampled_from(TWISTS), min_size=1, max_size=3),
    at=st.integers(0, 120),
    end=st.integers(0, 120),
)
def test_what_is_accepted_means_what_was_signed(
    path: str, pairs: list[tuple[str, str]], twists: list[Callable[[str], str]], at: int, end: int
) -> None:
    """However an address is twisted: if it is still accepted, path and parameters are the very same."""
    signed = sign_url(written(path, pairs), key=KEY, expires_s=1_900_000_000)
    twisted = signed
    for twist in twists:
        twisted = twisted[:at] + twist(twisted[at : at + end]) + twisted[at + end :]
    assume(twisted != signed)
    if is_accepted(twisted):
        assert meaning(*received(twisted)) == meaning(*received(signed))


@pytest.mark.parametrize("origin", ["", "https://a.example", "HTTP://a.example:80", "https://münchen.example"])
@pytest.mark.parametrize(
    ("path", "written_as"),
    [
        ("/\u00e9 a.jpg?w=1 0", "/%C3%A9%20a.jpg?w=1%200&sig="),
        ("/100%.jpg", "/100%25.jpg?sig="),
        ("/a%2fb.jpg?", "/a%2fb.jpg?sig="),
        ("/a\n\t.jpg", "/a%0A%09.jpg?sig="),
    ],
)
def test_url_stays_as_it_is_written(origin: str, path: str, written_as: str) -> None:
    """Only what no address may hold is encoded, so that any client can send it; the host is not signed."""
    signed = sign_url(origin + path, key=KEY)
    assert signed.startswith(origin + written_as)
    assert is_accepted(signed.removeprefix(origin))


def test_host_alone_is_its_root() -> None:
    """A URL without a path is the one that clients ask for then."""
    assert sign_url("https://a.example?w=1", key=KEY) == sign_url("https://a.example/?w=1", key=KEY)


def test_path_of_a_url_may_begin_with_two_slashes() -> None:
    """Behind a host it is clear what is a path."""
    assert is_accepted(sign_url("https://a.example//b.jpg", key=KEY).removeprefix("https://a.example"))


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "neither a URL"),
        ("images/a.jpg", "neither a URL"),
        ("?w=1", "neither a URL"),
        ("ftp://a.example/a.jpg", "neither a URL"),
        ("//a.example/a.jpg", "neither a URL"),
        ("https://", "neither a URL"),
        ("/%ff.jpg", "not percent-encoded UTF-8"),
        ("/a.jpg?w=%ff", "not percent-encoded UTF-8"),
        ("/\udcff.jpg", "not percent-encoded UTF-8"),
        ("/a.jpg?sig=x", "already"),
        ("/a.jpg?%65xp=1", "already"),
    ],
)
def test_what_cannot_be_signed_is_told(url: str, reason: str) -> None:
    """No address, no UTF-8, or signed already: the error says which."""
    with pytest.raises(ValueError, match=reason):
        sign_url(url, key=KEY)


@pytest.mark.parametrize("expires_s", [-1, 10**15, 1.5])
def test_odd_end_is_refused(expires_s: int) -> None:
    """An end that no server would read is not signed."""
    with pytest.raises(ValueError, match="no time in seconds"):
        sign("/a", "", key=KEY, expires_s=expires_s)


@pytest.mark.parametrize(
    ("query", "does"),
    [
        *((query, False) for query in ("", "w=1", "signature=1", "SIG=1", "w=sig", "w=%26sig%3D1")),
        *((query, True) for query in ("sig=", "sig", "w=1&s%69g=x", "sig=%ff", "w=%ff&sig=")),
    ],
)
def test_claim_is_told_from_its_absence(query: str, does: bool) -> None:
    """A query bears a signature if a parameter is called so, whatever it holds."""
    assert bears_signature(query) is does


@pytest.mark.parametrize("path", ["/\udcff", "/a"])
@pytest.mark.parametrize("query", ["sig=%ff", "w=%ff&sig=" + SIG, "\udcff=1&sig=" + SIG, "sig=\udcff" + SIG[1:]])
def test_what_is_no_text_is_refused(path: str, query: str) -> None:
    """Bytes that are no UTF-8 have no signature, and make no trouble either."""
    assert not is_signed_by(path, query, [KEY])
