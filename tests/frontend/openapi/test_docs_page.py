"""The page of the API: whole, safe, and served by us alone."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path

from frontend.openapi.docs_page import docs_page
from frontend.openapi.document import ANSWER, ENDPOINTS, openapi_document
from frontend.pages import CONTENT_SECURITY_POLICY, info_page
from shared.operations import ALL_OPERATIONS
from tests.frontend.api.library_site import LibrarySite
from tests.frontend.test_pages import Outline, html

PAGE = html(docs_page())
TEXT = unescape(PAGE)


def test_page_is_well_formed() -> None:
    """Every element is closed in its turn; one heading of the first order, one title."""
    outline = Outline(PAGE)
    assert not outline.open
    assert (outline.tags.count("h1"), outline.tags.count("title")) == (1, 1)


def test_page_needs_nothing_but_itself() -> None:
    """No script, no form, no style that is not in the page's head, nothing from elsewhere."""
    outline = Outline(PAGE)
    assert not {"script", "iframe", "object", "form", "link", "img"} & set(outline.tags)
    assert "style" not in outline.attributes
    assert not [name for name in outline.attributes if name.startswith("on")]
    assert all(link.startswith(("/", "#")) and not link.startswith("//") for link in outline.links)
    assert dict(docs_page().headers)["content-security-policy"] == CONTENT_SECURITY_POLICY


def test_anchors_lead_somewhere() -> None:
    """Each link within the page is to a place that there is, and each place has a name of its own."""
    places = re.findall(r' id="([^"]+)"', PAGE)
    assert len(set(places)) == len(places)
    assert {link[1:] for link in Outline(PAGE).links if link.startswith("#")} <= set(places)


def test_every_operation_is_shown_with_a_command() -> None:
    """Method, path, sentence and the line for a shell."""
    for endpoint in ENDPOINTS:
        assert f'id="{endpoint.id}"' in PAGE
        assert endpoint.summary in TEXT
        assert endpoint.curl in TEXT
        assert f">{endpoint.method}</span>" in PAGE


def test_every_parameter_is_shown_with_its_range() -> None:
    """What an image may be asked for is on the page in the words of the declarations."""
    for kind in ALL_OPERATIONS:
        for item in kind.parameters():
            for name in item.query:
                assert f"<code>{name}</code>" in PAGE
            if item.query:
                assert item.kind.allowed in TEXT


def test_numbers_of_a_body_are_shown_with_their_range() -> None:
    """Also where the lowest is not allowed itself."""
    assert "number, above 0, up to 1000000, optional" in TEXT
    assert "integer, 1 to 10000, optional" in TEXT


def test_every_error_is_shown() -> None:
    """With its status, at the operations that it may meet, and once in full."""
    for methods in openapi_document()["paths"].values():
        for told in methods.values():
            for answer in told["responses"].values():
                told_slugs = set(answer.get("content", {}).get("application/json", {}).get("examples", {}))
                for slug in told_slugs - {ANSWER}:
                    assert f'id="{slug}"' in PAGE
                    assert f'href="#{slug}"' in PAGE


def test_examples_are_shown_as_they_are() -> None:
    """Bodies and answers can be copied."""
    for endpoint in ENDPOINTS:
        examples = [answer.example for answer in endpoint.answers if answer.example is not None]
        for example in [*examples, *(endpoint.body.examples.values() if endpoint.body else ())]:
            assert json.dumps(example, indent=2, ensure_ascii=False) in TEXT


def test_front_page_leads_here() -> None:
    """Who has found the server finds its API."""
    assert 'href="/docs"' in html(info_page())


async def test_page_and_document_are_served_to_anyone(tmp_path: Path) -> None:
    """Both without a key; the document is JSON and says what the code says."""
    async with LibrarySite.open(tmp_path) as site:
        page, document = await site.client.get("/docs"), await site.client.get("/openapi.json")
    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert page.body == PAGE.encode()
    assert (document.status, document.json()) == (200, openapi_document())


async def test_document_names_the_server_that_clients_know(tmp_path: Path) -> None:
    """Behind a proxy it is the address that the settings say."""
    async with LibrarySite.open(tmp_path, base_url="https://img.example/a") as site:
        document = await site.client.get("/openapi.json")
    assert document.json()["servers"] == [{"url": "https://img.example/a"}]
