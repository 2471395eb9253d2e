"""The pages for people: self-contained, safe, complete, and shown to browsers only."""

from __future__ import annotations

from html import unescape
from html.parser import HTMLParser

import pytest

from frontend.pages import CONTENT_SECURITY_POLICY, _prose, error_page, info_page
from frontend.reply import Reply
from frontend.version import VERSION
from shared import query
from shared.errors import BadParameterError, ImageNotFoundError, NotFoundError, QueueFullError, ServiceError
from shared.operations import ALL_OPERATIONS

BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"}
VOID = {"meta", "link", "img", "br", "hr", "input"}


def not_found(error: ServiceError | None = None) -> Reply:
    """The page a browser gets."""
    page = error_page(error or NotFoundError(), BROWSER)
    assert page is not None
    return page


def html(reply: Reply) -> str:
    """A page's text."""
    assert isinstance(reply.body, bytes)
    return reply.body.decode()


class Outline(HTMLParser):
    """Notes what a page is made of, and whether all that is opened is closed in turn."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.links: list[str] = []
        self.attributes: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag and where it points."""
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]
        self.links += [value or "" for name, value in attrs if name in ("href", "src", "srcset", "action")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close the tag that was opened last."""
        assert self.open.pop() == tag


each_page = pytest.mark.parametrize("reply", [info_page(), not_found()], ids=["info", "not found"])


@each_page
def test_page_is_well_formed(reply: Reply) -> None:
    """Every element is closed in its turn, there is one heading of the first order, and a title."""
    outline = Outline(html(reply))
    assert not outline.open
    assert outline.tags.count("h1") == 1
    assert outline.tags.count("title") == 1
    assert html(reply).startswith("<!doctype html>")
    assert '<html lang="en">' in html(reply)
    assert 'name="viewport"' in html(reply)


@each_page
def test_page_needs_nothing_but_itself(reply: Reply) -> None:
    """No script, no frame, no form, nothing inline that runs, and nothing from another host."""
    outline = Outline(html(reply))
    assert not {"script", "iframe", "object", "embed", "form", "base"} & set(outline.tags)
    assert not [name for name in outline.attributes if name.startswith("on")]
    assert "style" not in outline.attributes
    assert all(link.startswith(("/", "#", "data:image/svg+xml,")) for link in outline.links)
    assert not [link for link in outline.links if link.startswith("//")]
    assert "url(" not in html(reply)
    assert "@import" not in html(reply)


@each_page
def test_page_is_fenced_in(reply: Reply) -> None:
    """The policy allows what the pages need and nothing else, nor may anyone frame them."""
    headers = dict(reply.headers)
    assert headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    for rule in ("default-src 'none'", "form-action 'none'", "frame-ancestors 'none'", "base-uri 'none'"):
        assert rule in CONTENT_SECURITY_POLICY
    assert "script" not in CONTENT_SECURITY_POLICY
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-type"] == "text/html; charset=utf-8"


def test_info_page_lists_every_parameter() -> None:
    """Each parameter is shown with all its names and what it takes: the page is never behind."""
    shown = unescape(html(info_page()))
    items = [item for kind in ALL_OPERATIONS for item in kind.parameters() if item.query]
    assert items
    for item in items:
        for name in item.query:
            assert f"<code>{name}</code>" in shown
        assert item.kind.allowed in shown


def test_info_page_lists_the_classic_verbs() -> None:
    """Each verb of the classic spelling is shown with the names of its arguments."""
    shown = unescape(html(info_page()))
    for name, verbs in query._CLASSIC.items():
        assert f"{name}={'|'.join(verbs)}" in shown
    for name in (*query._CLASSIC_SIDES, *query._CLASSIC_ARGUMENTS):
        assert name in shown


def test_declarations_may_hold_code() -> None:
    """Backticks in a declaration become code on the page, and nothing else becomes markup."""
    shown = html(info_page())
    assert "`" not in shown
    assert "<code>--max-side</code>" in shown
    assert str(_prose("a `b<` <c> `d`")) == "a <code>b&lt;</code> &lt;c&gt; <code>d</code>"


def test_info_page_says_what_server_it_is() -> None:
    """Name and version, and where its health is told."""
    page = html(info_page())
    assert "tintype" in page
    assert VERSION in page
    assert 'href="/health"' in page


def test_info_page_is_made_once() -> None:
    """It is always the same: the second request costs no rendering."""
    assert info_page() is info_page()


@pytest.mark.parametrize("error", [NotFoundError(), ImageNotFoundError()])
def test_page_says_what_is_missing(error: NotFoundError) -> None:
    """A person reads the same words as a program."""
    page = not_found(error)
    assert page.status == 404
    assert error.message in html(page)
    assert dict(page.headers)["cache-control"] == "no-store"


def test_words_on_a_page_are_escaped() -> None:
    """Nothing that came from a client becomes part of the page's markup."""
    page = html(not_found(NotFoundError("<script>alert('x')</script> & more")))
    assert "<script>" not in page
    assert "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; more" in page


@pytest.mark.parametrize("accept", ["", "*/*", "application/json", "image/avif,image/webp,*/*", "text/html;q=0"])
def test_programs_get_no_page(accept: str) -> None:
    """Who does not name HTML gets JSON, an image tag of a page among them."""
    assert error_page(NotFoundError(), {"accept": accept}) is None
    assert error_page(NotFoundError(), {}) is None


@pytest.mark.parametrize("error", [BadParameterError(), QueueFullError(), ServiceError()])
def test_other_errors_have_no_page(error: ServiceError) -> None:
    """Only what is not there has a page: every other error is for who wrote the URL."""
    assert error_page(error, BROWSER) is None
