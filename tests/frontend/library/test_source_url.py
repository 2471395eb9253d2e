"""How the URL of an image is read: one spelling for every host, and refusal of whatever is odd."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis.strategies import text

from frontend.library.ingest_errors import BadUrlError
from frontend.library.source_url import MAX_URL_CHARS, SourceUrl


def read(url: str) -> SourceUrl | BadUrlError:
    """Read a URL, or tell why not."""
    try:
        return SourceUrl.parse(url)
    except BadUrlError as error:
        return error


@pytest.mark.parametrize(
    ("url", "scheme", "host", "port", "target"),
    [
        ("http://images.example", "http", "images.example", 80, "/"),
        ("https://images.example/a.png", "https", "images.example", 443, "/a.png"),
        ("HTTPS://IMAGES.Example:8443/A.png?B=c#d", "https", "images.example", 8443, "/A.png?B=c"),
        ("http://images.example./", "http", "images.example", 80, "/"),
        ("http://images.example:/", "http", "images.example", 80, "/"),
        ("http://bücher.example/", "http", "xn--bcher-kva.example", 80, "/"),
        ("http://１２７。0.0.1/", "http", "127.0.0.1", 80, "/"),
        ("http://a_b.example/", "http", "a_b.example", 80, "/"),
        ("http://0x7f.1/", "http", "0x7f.1", 80, "/"),
        ("http://2130706433/", "http", "2130706433", 80, "/"),
        ("http://[2001:DB8::0:1]:80/", "http", "2001:db8::1", 80, "/"),
        ("http://h?q", "http", "h", 80, "/?q"),
        ('http://h/ä b/%20%C3%A4?ü="', "http", "h", 80, "/%C3%A4%20b/%20%C3%A4?%C3%BC=%22"),
    ],
)
def test_url_is_read(url: str, scheme: str, host: str, port: int, target: str) -> None:
    """A host is written as DNS and TLS know it, a path as HTTP does."""
    assert SourceUrl.parse(url) == SourceUrl(scheme=scheme, host=host, port=port, target=target)


@pytest.mark.parametrize("spelling", ["::ffff:127.0.0.1", "::FFFF:7f00:1", "0:0:0:0:0:ffff:7f00:0001"])
def test_ipv6_address_has_one_spelling(spelling: str) -> None:
    """However an address is abbreviated, it becomes the same host."""
    assert SourceUrl.parse(f"http://[{spelling}]/") == SourceUrl.parse("http://[::ffff:7f00:1]/")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "cat.png",
        "//images.example/cat.png",
        "ftp://images.example/cat.png",
        "file:///etc/passwd",
        "gopher://images.example/",
        "data:image/png;base64,AAAA",
        "javascript:alert(1)",
        "http:",
        "http:images.example",
        "http:/images.example",
        "http:///images.example",
        "http://",
        "http://:80/",
        "http://./",
        "http://user@images.example/",
        "http://user:password@images.example/",
        "http://@images.example/",
        "http://images.example@127.0.0.1/",
        "http://images.example:0/",
        "http://images.example:65536/",
        "http://images.example:-1/",
        "http://images.example:８０/",
        "http://images.example:80:80/",
        "http://images.example\\@127.0.0.1/",
        "http:\\\\images.example/",
        "http://images.example/\r\nX: y",
        "http://images.example/\x00",
        " http://images.example/",
        "http://images.example/ ",
        "http://images example/",
        "http://images..example/",
        "http://.images.example/",
        "http://images.example../",
        f"http://{'a' * 64}.example/",
        f"http://{'a.' * 127}a/",
        f"http://{'ä' * 300}/",
        "http://%6c%6f%63%61%6c%68%6f%73%74/",
        "http://127.0.0.1%2f@images.example/",
        "http://[fe80::1%25eth0]/",
        "http://[fe80::1%eth0]/",
        "http://[::1/",
        "http://::1]/",
        "http://::1/",
        "http://[::1]images.example/",
        "http://images.example[::1]/",
        "http://[]/",
        "http://[images.example]/",
        "http://[127.0.0.1]/",
        "http://[v1.x]/",
        "http://a／b/",
        f"http://a／{'b' * 999}/",
        f"http://[{'1:' * 999}]/",
        f"http://h:{'1' * 999}/",
        "http://\ud800/",
        "http://images.example/\ud800",
        "http://images.example/" + "a" * MAX_URL_CHARS,
    ],
)
def test_odd_url_is_refused(url: str) -> None:
    """Whatever two readers might read in two ways, or is no http URL at all, is a 400 that says why."""
    with pytest.raises(BadUrlError) as caught:
        SourceUrl.parse(url)
    assert caught.value.status == 400
    assert len(caught.value.message) < 300
    assert caught.value.message.isprintable()


@pytest.mark.parametrize("userinfo", ["user", "user:password", "", "images.example:80"])
def test_secrets_in_a_url_are_not_said_back(userinfo: str) -> None:
    """A URL with a user or a password is refused by a text that does not repeat it."""
    assert str(read(f"http://{userinfo}@h/")) == "a URL with a user name or a password is not fetched"


@given(junk=text(max_size=40))
def test_no_text_breaks_the_reading(junk: str) -> None:
    """Any text is read or refused, and what was read is ASCII without blanks."""
    for url in (junk, f"http://{junk}/", f"http://h/{junk}", f"http://[{junk}]:{junk}"):
        parsed = read(url)
        if isinstance(parsed, BadUrlError):
            assert parsed.message.isprintable()
            assert len(parsed.message) < 300
        else:
            assert re.fullmatch("[!-~]+", str(parsed))
            assert SourceUrl.parse(str(parsed)) == parsed


@pytest.mark.parametrize(
    ("location", "joined"),
    [
        ("/b.png", "https://images.example:8443/b.png"),
        ("b.png", "https://images.example:8443/a/b.png"),
        ("?q", "https://images.example:8443/a/x?q"),
        ("//cdn.example/b", "https://cdn.example/b"),
        ("http://cdn.example/b", "http://cdn.example/b"),
        ("my cat.png", "https://images.example:8443/a/my%20cat.png"),
    ],
)
def test_redirect_is_read_from_where_it_stands(location: str, joined: str) -> None:
    """A redirect may be relative."""
    assert str(SourceUrl.parse("https://images.example:8443/a/x?y").join(location)) == joined


@pytest.mark.parametrize("location", ["file:///etc/passwd", "ht\ntp://h/", "\\\\h\\x", "//[", "http://user@h/"])
def test_odd_redirect_is_refused(location: str) -> None:
    """A redirect is read as strictly as a URL."""
    with pytest.raises(BadUrlError):
        SourceUrl.parse("https://images.example/").join(location)


@pytest.mark.parametrize(
    ("url", "authority"),
    [
        ("http://h/", "h"),
        ("http://h:80/", "h"),
        ("https://h:443/", "h"),
        ("http://h:443/", "h:443"),
        ("http://[2001:db8::1]:81/", "[2001:db8::1]:81"),
    ],
)
def test_authority_leaves_out_the_usual_port(url: str, authority: str) -> None:
    """The Host header has a port only where the scheme does not say it."""
    assert SourceUrl.parse(url).authority == authority


@pytest.mark.parametrize(
    ("path", "extension"),
    [("/a/cat.TGA", "tga"), ("/cat%2Etga?x=.png", "tga"), ("/cat", ""), ("/a.b/cat", ""), ("/", "")],
)
def test_extension_comes_from_the_path(path: str, extension: str) -> None:
    """The format that a name claims is that of the last segment, not of the query."""
    assert SourceUrl.parse(f"http://h{path}").extension == extension
