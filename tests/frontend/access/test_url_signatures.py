"""What signed addresses entitle to, when they end, and who may transform."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import pytest
from pydantic import SecretStr

from frontend.access.url_signatures import TransformPolicy, UrlSignatures
from frontend.settings import AccessSettings, TransformMode
from shared.errors import BadSignatureError, ExpiredSignatureError, ForbiddenError, ServiceError
from shared.signing import sign, sign_url, signature
from tests.frontend.server.asgi_app import App
from tests.frontend.server.https_serving import serving

OLD_KEY, NEW_KEY = b"the key of the year before", b"the key of this year"
SIGNATURES = UrlSignatures([NEW_KEY, OLD_KEY])
PATH, NOW_S = "/images/a.jpg", 1_800_000_000.0


def signed(query: str = "w=80", *, key: bytes = NEW_KEY, expires_s: int | None = None) -> str:
    return sign(PATH, query, key=key, expires_s=expires_s)


def signed_anyway(query: str) -> str:
    """Sign a query that holds what ``sign`` would not take."""
    return f"{query}&sig={signature(PATH, query, key=NEW_KEY)}"


@pytest.mark.parametrize("key", [NEW_KEY, OLD_KEY])
def test_every_key_is_good_for_checking(key: bytes) -> None:
    """Addresses signed with the key before stay good for as long as it is configured."""
    assert SIGNATURES.check(PATH, signed(key=key), now_s=NOW_S)


@pytest.mark.parametrize("query", ["", "w=80", "exp=1", "exp=soon&w=80", "w=%ff"])
def test_address_without_a_signature_is_not_signed(query: str) -> None:
    """Who claims nothing is not refused, whatever else the query holds."""
    assert not SIGNATURES.check(PATH, query, now_s=NOW_S)


@pytest.mark.parametrize(
    "query", ["sig=", "sig=x", signed(key=b"nobody's key, ever"), signed().replace("80", "81")]
)
def test_wrong_signature_is_refused(query: str) -> None:
    """A signature that is not right is told, rather than taken for none."""
    with pytest.raises(BadSignatureError, match="not right"):
        SIGNATURES.check(PATH, query, now_s=NOW_S)


def test_without_keys_no_signature_is_right() -> None:
    """Where no key is configured a signature cannot be anything but wrong."""
    with pytest.raises(BadSignatureError):
        UrlSignatures([]).check(PATH, signed(), now_s=NOW_S)


@pytest.mark.parametrize(("now_s", "is_good"), [(999.9, True), (1000.0, False), (1000.1, False)])
def test_signature_is_good_until_its_end(now_s: float, is_good: bool) -> None:
    """Up to the second ``exp`` begins an address is good, and from then on it is expired."""
    expected: AbstractContextManager[object] = (
        nullcontext() if is_good else pytest.raises(ExpiredSignatureError, match=r"until exp=1000$")
    )
    with expected:
        assert SIGNATURES.check(PATH, signed(expires_s=1000), now_s=now_s)


def test_only_a_right_signature_expires() -> None:
    """Nobody learns from an address made up whether it has ended."""
    with pytest.raises(BadSignatureError):
        SIGNATURES.check(PATH, signed(expires_s=1000).replace("80", "81"), now_s=NOW_S)


@pytest.mark.parametrize(
    "exp",
    [
        "exp",
        "exp=",
        "exp=soon",
        "exp=1e12",
        "exp=-1",
        "exp=%2B1900000000",
        "exp=1900000000.0",
        "exp=01900000000",
        "exp=1_900_000_000",
        "exp=%201900000000",
        "exp=%D9%A1%D9%A2",
        "exp=9999999999999999",
        "exp=1900000000&exp=1900000000",
    ],
)
def test_end_is_a_plain_number(exp: str) -> None:
    """An end that could be read in two ways is refused, though its signature be right."""
    with pytest.raises(BadSignatureError, match="exp must be given once, as a whole number"):
        SIGNATURES.check(PATH, signed_anyway(f"w=80&{exp}"), now_s=NOW_S)


def test_keys_are_those_of_the_settings() -> None:
    """A key is the bytes of its text."""
    settings = AccessSettings(
        signing_keys=(SecretStr("another-key-of-some-length"), SecretStr("0123456789abcdef"))
    )
    query = signed(key=b"0123456789abcdef")
    assert UrlSignatures.of(settings).check(PATH, query, now_s=NOW_S)
    with pytest.raises(BadSignatureError):
        UrlSignatures.of(AccessSettings()).check(PATH, query, now_s=NOW_S)


@pytest.mark.parametrize("version", [1, 2])
async def test_server_hands_over_what_was_signed(version: int) -> None:
    """What a server decodes is what was signed; bytes that are no UTF-8 do not pass for something that is."""
    app = App()
    url = sign_url("/images/caf\u00e9/a+b~c%2Fd%3Fe%23.jpg?text=a+b%26c%20\u00fc&w", key=OLD_KEY)
    targets = [url, url.replace("%C3%A9", "%c3%a9").replace("~", "%7E"), url.replace("%C3%A9", "%E9")]
    async with serving(app) as server:
        client = await server.client(version)
        for target in targets:
            await client.get(target)
    right, respelled, broken = ((scope["path"], scope["query_string"].decode("latin-1")) for scope in app.scopes)
    assert SIGNATURES.check(*right, now_s=NOW_S)
    assert SIGNATURES.check(*respelled, now_s=NOW_S)
    assert broken[0].startswith("/images/caf\ufffd/")
    with pytest.raises(BadSignatureError):
        SIGNATURES.check(*broken, now_s=NOW_S)


@pytest.mark.parametrize(
    ("mode", "is_signed", "is_plan_free", "error"),
    [
        ("open", False, True, None),
        ("open", True, True, None),
        ("signed", False, True, BadSignatureError),
        ("signed", False, False, BadSignatureError),
        ("signed", True, True, None),
        ("signed", True, False, None),
        ("presets", False, True, ForbiddenError),
        ("presets", True, True, ForbiddenError),
        ("presets", False, False, None),
        ("presets", True, False, None),
    ],
)
def test_policy_decides_who_may_transform(
    mode: TransformMode, is_signed: bool, is_plan_free: bool, error: type[ServiceError] | None
) -> None:
    """Open lets all pass, signed those with a signature, presets all but free plans, signed or not."""
    policy = TransformPolicy(mode)
    with pytest.raises(error) if error else nullcontext():
        policy.require(is_signed=is_signed, is_plan_free=is_plan_free, is_idle=False)
    policy.require(is_signed=is_signed, is_plan_free=is_plan_free, is_idle=True)


@pytest.mark.parametrize(
    ("mode", "words"), [("signed", "signed address"), ("presets", "only presets and pipelines")]
)
def test_refusal_says_what_is_allowed(mode: TransformMode, words: str) -> None:
    """The client is told what it would need."""
    with pytest.raises(ForbiddenError) as caught:
        TransformPolicy(mode).require(is_signed=False, is_plan_free=True, is_idle=False)
    assert words in caught.value.message
