"""``tintype sign`` from arguments to exit codes."""

from __future__ import annotations

import io
import json
import re
import time
from pathlib import Path

import pytest

from frontend.__main__ import main
from frontend.access.url_signatures import UrlSignatures
from shared.signing import expiry_s

KEYS = ["the-key-that-signs-now", "the-key-that-has-signed"]
Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Run where there are two keys, and no other settings."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TINTYPE_SIGNING_KEYS", ",".join(KEYS))


def is_right(signed: str) -> bool:
    """Whether the server would take the address."""
    path, _, query = signed.partition("?")
    return UrlSignatures([KEYS[0].encode()]).check(path, query, now_s=time.time())


def test_every_url_is_signed_with_the_first_key(capsys: Captured) -> None:
    """Each argument gets its line, in its order, for as long as the key is good."""
    assert main(["sign", "/images/a.jpg?w=80", "https://a.example/b.jpg"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("/images/a.jpg?w=80&sig=")
    assert second.startswith("https://a.example/b.jpg?sig=")
    assert is_right(first)
    assert is_right(second.removeprefix("https://a.example"))


def test_urls_are_read_from_standard_input(capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dash stands for all the lines of standard input but blank ones."""
    monkeypatch.setattr("sys.stdin", io.StringIO("/b.jpg\n\n /c.jpg \n"))
    assert main(["sign", "/a.jpg", "-", "/d.jpg"]) == 0
    signed = capsys.readouterr().out.splitlines()
    assert [line.partition("?")[0] for line in signed] == ["/a.jpg", "/b.jpg", "/c.jpg", "/d.jpg"]
    assert all(map(is_right, signed))


def test_end_counts_from_now(capsys: Captured) -> None:
    """A time to expire becomes the second at which it has passed; JSON tells it, too."""
    before_s = time.time()
    assert main(["sign", "/a.jpg", "--expires", "90m", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts.keys() == {"url", "signed_url", "expires_s"}
    assert facts["url"] == "/a.jpg"
    assert before_s + 5400 <= facts["expires_s"] <= time.time() + 5401
    assert expiry_s(facts["signed_url"].partition("?")[2]) == facts["expires_s"]
    assert is_right(facts["signed_url"])


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (["a.jpg"], "'a.jpg' cannot be signed: neither a URL such as"),
        (["/a.jpg?sig=x"], "'/a.jpg?sig=x' cannot be signed: bears sig or exp already"),
        (["/a.jpg", "--expires", "soon"], "--expires: 'soon' is no time such as"),
        (["/a.jpg", "--expires", "0"], "--expires: '0' is no time such as"),
        (["/a.jpg", "--expires", "99999999999d"], "the end is no time in seconds since 1970"),
    ],
)
def test_what_cannot_be_signed_is_told(argv: list[str], sentence: str, capsys: Captured) -> None:
    """A mistake ends the command with a sentence and exit code 2."""
    assert main(["sign", *argv]) == 2
    out, err = capsys.readouterr()
    assert (out, sentence in err, err.count("\n")) == ("", True, 1)


def test_without_a_key_nothing_is_signed(capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no key is configured the command says how to come by one."""
    monkeypatch.delenv("TINTYPE_SIGNING_KEYS")
    assert main(["sign", "/a.jpg"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("tintype: there is no key to sign with: set TINTYPE_SIGNING_KEYS")


def test_without_a_url_the_use_is_wrong(capsys: Captured) -> None:
    """There is nothing to sign unless something is named."""
    with pytest.raises(SystemExit) as caught:
        main(["sign"])
    assert caught.value.code == 2
    assert "URL" in capsys.readouterr().err


def test_new_key_comes_before_any_settings(capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key can be made while the settings still lack it, is another every time, and can be used as it is."""
    monkeypatch.delenv("TINTYPE_SIGNING_KEYS")
    monkeypatch.setenv("TINTYPE_TRANSFORMS", "signed")
    for _ in range(2):
        with pytest.raises(SystemExit) as caught:
            main(["sign", "--new-key"])
        assert caught.value.code == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first != second
    assert re.fullmatch(r"tintype_sign_[A-Za-z0-9_-]{43}", first)
    monkeypatch.setenv("TINTYPE_SIGNING_KEYS", f"{first},{second}")
    assert main(["sign", "/a.jpg"]) == 0
