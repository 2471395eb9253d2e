"""The README's ways to sign a URL without us: each is run as it stands there, and compared with ours."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote

import pytest

from frontend.access.url_signatures import UrlSignatures
from shared.signing import sign_url, signature

README = Path(__file__).parents[1] / "README.md"
EXAMPLE_KEY = b"the-key-that-signs"
KEY = "another/key+of=some~length"

Case = tuple[str, list[tuple[str, str]]]
CASES: list[Case] = [
    ("/images/sunset.jpg", []),
    ("/images/sunset.jpg", [("w", "800"), ("h", "500"), ("fit", "cover"), ("f", "webp")]),
    ("/images/Grüße aus Łódź/日本 🌅.jpg", [("text", "Öl & Essig = 100% gut? #1"), ("wm", "a/b.png")]),
    ("/a~b-c_d.e+f(g)!h*i'j\"k\\l.jpg", [("text", "~-_.+()!*'\"\\"), ("w", ""), ("crop", "10p,10p,80p,80p")]),
    ("/100%.jpg", [("a", "%41"), ("a", "A"), ("B", "1"), ("a-", "1"), ("a", "")]),
    (
        "//images/./../a?b#c;d&e.jpg",
        [("text", " two  lines\n\tand ends "), ("é", "e\u0301"), ("exp", "1900000000")],
    ),
]


def snippet(language: str) -> str:
    """The block of the README behind the mark of that language."""
    pattern = rf"<!-- signing:{language} -->\n\n```{language}\n(.*?)```\n"
    (block,) = re.findall(pattern, README.read_text(encoding="utf-8"), flags=re.DOTALL)
    return str(block)


def run(argv: Sequence[str], *, stdin: str = "") -> list[str]:
    """Run a program and return the lines it prints."""
    done = subprocess.run(argv, input=stdin, capture_output=True, encoding="utf-8", check=True)
    return done.stdout.splitlines()


def run_python() -> list[str]:
    """All signed in one go, behind the example's own line; so with the others."""
    harness = "import json, sys\nfor case in json.load(sys.stdin): print(sign(*case))"
    return run([sys.executable, "-I", "-c", f"{snippet('python')}\n{harness}"], stdin=_arguments())


def run_javascript() -> list[str]:
    if shutil.which("node") is None:
        pytest.skip("there is no node here")
    harness = 'JSON.parse(require("fs").readFileSync(0)).forEach((each) => console.log(sign(...each)));'
    return run(["node", "-e", f"{snippet('javascript')}\n{harness}"], stdin=_arguments())


def run_bash() -> list[str]:
    if not (shutil.which("bash") and shutil.which("openssl")):
        pytest.skip("there is no bash or no openssl here")
    harness = 'while (($#)); do count=$1; sign "${@:2:count}"; shift $((count + 1)); done'
    words: list[str] = []
    for path, pairs in CASES:
        call = [KEY, path, *(f"{name}={value}" for name, value in pairs)]
        words += [str(len(call)), *call]
    return run(["bash", "-euo", "pipefail", "-c", f"{snippet('bash')}\n{harness}", "bash", *words])


def _arguments() -> str:
    return json.dumps([(KEY, path, pairs) for path, pairs in CASES])


@pytest.mark.parametrize("runner", [run_python, run_javascript, run_bash])
def test_snippet_signs_as_we_do(runner: Callable[[], list[str]]) -> None:
    """For any path and parameters the server takes what the snippet makes, and reads in it what was meant."""
    example, *signed = runner()
    assert UrlSignatures([EXAMPLE_KEY]).check(*_received(example), now_s=time.time())
    assert len(signed) == len(CASES)
    for url, (path, pairs) in zip(signed, CASES, strict=True):
        received_path, query = _received(url)
        assert UrlSignatures([KEY.encode()]).check(received_path, query, now_s=time.time())
        *received_pairs, (last_name, sig) = parse_qsl(query, keep_blank_values=True)
        assert (received_path, received_pairs, last_name) == (path, sorted(received_pairs, key=_encoded), "sig")
        assert sorted(received_pairs) == sorted(pairs)
        assert sig == _our_signature(path, pairs)


def test_example_is_signed() -> None:
    """The address that the README shows first is what the key of its snippets makes."""
    (shown,) = re.findall(r"^    (/images/\S+sig=\S+)$", README.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert shown == sign_url("/images/sunset.jpg?w=800", key=EXAMPLE_KEY, expires_s=1_900_000_000)


def _received(url: str) -> tuple[str, str]:
    path, _, query = url.partition("?")
    return unquote(path), query


def _encoded(pair: tuple[str, str]) -> str:
    return "=".join(quote(text, safe="") for text in pair)


def _our_signature(path: str, pairs: list[tuple[str, str]]) -> str:
    return signature(path, "&".join(map(_encoded, pairs)), key=KEY.encode())
