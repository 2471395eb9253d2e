"""What the log may show of a request: enough to find it again, nothing that would let someone in."""

from __future__ import annotations

import time

import pytest

from frontend.masking import MAX_SHOWN_CHARS, mask_line, shown_path, shown_query

SECRET = "Zq8hunter2Zq8"
KEY = "tintype_" + "Ab3-_" * 8 + "xyz"


@pytest.mark.parametrize(
    "query", ["", "w=720&h=588", "f=auto&utm_source=a+b", "ops=resize:w=800:h=600;blur:2", "a&b=&=c&&"]
)
def test_harmless_query_is_shown_as_it_is(query: str) -> None:
    """What is no secret is told in full, in the order in which it came."""
    assert shown_query(query) == query


@pytest.mark.parametrize(
    "name",
    [
        "sig", "SIG", "%73ig", "s%69g", "%73%69%67", "%2573ig", "signature", "X-Amz-Signature", "key", "api_key",
        "API-KEY", "apikey", "token", "access_token", "tok%65n", "password", "passwd", "pwd", "secret",
        "client_secret", "authorization", "Authori%7Aation", "auth", "credentials", "jwt",
    ],
)  # fmt: skip
def test_credential_is_masked(name: str) -> None:
    """The value of a parameter that sounds like a credential is not shown, however its name is written."""
    assert shown_query(f"w=1&{name}={SECRET}&exp=5") == f"w=1&{name}=***&exp=5"


@pytest.mark.parametrize(
    "query",
    [
        f"sig={SECRET}={SECRET};x:{SECRET}",
        f"w=1?sig={SECRET}",
        f"w=1;sig={SECRET}",
        f"ops=fetch:token={SECRET}:w=1",
        f"url=https://ada:{SECRET}@images.example/",
        f"url=https%3A%2F%2Fada%3A{SECRET}%40images.example%2F",
        f"url=https%3A%2F%2Fimages.example%2Fcat.png%3Fw%3D1%26sig%3D{SECRET}",
        f"url=https%253A%252F%252Fimages.example%252F%253Ftoken%253D{SECRET}",
        f"w%3D1%26sig%3D{SECRET}",
        f"w%3D1%26sig%3D{SECRET}=1",
        f"%3Fsig={SECRET}",
        f"url=https://{SECRET}@images.example/cat@2x.png",
    ],
)
def test_secret_within_a_value_is_masked(query: str) -> None:
    """A URL within the query is no place to hide, encoded or not."""
    assert SECRET not in shown_query(query)


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/images/cat@2x.png", "/images/cat@2x.png"),
        ("/designs/a=b/cat.png", "/designs/a=b/cat.png"),
        (f"/cat.png?w=1&sig={SECRET}", "/cat.png?w=1&sig=***"),
        (f"/v1;token={SECRET}/cat.png", "/v1;token=***"),
        (f"/https://ada:{SECRET}@images.example/", "/https://***@images.example/"),
        (f"/https:/ada:{SECRET}@images.example/", "/https:/***@images.example/"),
    ],
)
def test_path_that_swallowed_a_query_is_masked(path: str, shown: str) -> None:
    """What a client meant for the query and wrote into the path is no less secret."""
    assert shown_path(path) == shown


def test_unprintable_is_escaped() -> None:
    """Nothing of a request can move the cursor, begin another line or turn the text around."""
    assert shown_path("/a\x1b[2J\r\n\x00\x7f\u2028\u202eb\ud800é") == (
        "/a\\x1b[2J\\r\\n\\x00\\x7f\\u2028\\u202eb\\ud800é"
    )
    assert shown_query("a=\x9b\xa0") == "a=\\x9b\\xa0"


def test_long_text_is_cut() -> None:
    """A line stays readable whatever is asked for, also where each character needs several to be shown."""
    for text in ("/" + "a" * 9000, "/" + "\x00" * 9000):
        shown = shown_path(text)
        assert len(shown) == MAX_SHOWN_CHARS
        assert shown.endswith("...")
    assert shown_path("a" * MAX_SHOWN_CHARS) == "a" * MAX_SHOWN_CHARS


@pytest.mark.parametrize("before", range(MAX_SHOWN_CHARS - 60, MAX_SHOWN_CHARS + 1, 7))
def test_cut_key_is_not_given_away(before: int) -> None:
    """A key that is cut off is masked, or too little of it is left to be of use."""
    line = mask_line(shown_path("/" * before + KEY))
    left = line.rpartition("tintype_")[2].removesuffix("...") if "tintype_" in line else ""
    assert left == "***" or len(left) < 20


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        (f'{{"path": "/{KEY}/x"}}', '{"path": "/tintype_***/x"}'),
        (f"KeyError: '{KEY}'", "KeyError: 'tintype_***'"),
        (f"tintype_admin_{KEY[8:]}.", "tintype_***."),
        (f"{KEY} and {KEY}", "tintype_*** and tintype_***"),
        ("tintype_requests_total", "tintype_requests_total"),
        (f"Authorization: Bearer {SECRET}", "Authorization: Bearer ***"),
        (f"authorization: bearer {SECRET}==,", "authorization: bearer ***,"),
        (
            "A valid key is needed: Authorization: Bearer <key>",
            "A valid key is needed: Authorization: Bearer <key>",
        ),
        (f"ValueError: /cat.png?w=1&sig={SECRET}&exp=5", "ValueError: /cat.png?w=1&sig=***&exp=5"),
        (f'{{"url":"https://ada:{SECRET}@a.example/","to":"x@y"}}', '{"url":"https://***@a.example/","to":"x@y"}'),
        ('{"url":"https://a.example","to":"x@y"}', '{"url":"https://a.example","to":"x@y"}'),
        (f"ValueError: 'SIG={SECRET}'", "ValueError: 'SIG=***'"),
    ],
)
def test_line_keeps_no_key(line: str, masked: str) -> None:
    """Keys, tokens and signatures are masked wherever in a line they turn up; the rest stays."""
    assert mask_line(line) == masked


@pytest.mark.parametrize(
    "piece", ["sig=", "//", ":/", "%25", "a=b&", "@", "tintype_", "bearer ", "key", "?sig", "&", "%3D"]
)
def test_hostile_text_takes_no_longer(piece: str) -> None:
    """The longest URL that is ever read is dealt with in no time."""
    text = piece * (65_536 // len(piece))
    started_s = time.process_time()
    mask_line(shown_query(text) + shown_path(text) + text)
    assert time.process_time() - started_s < 0.5
