"""The pages for people: what this server is, and that there is nothing at an address."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from jinja2 import Environment, PackageLoader, StrictUndefined

from frontend.negotiation import accepts_html
from frontend.reply import Reply, html_reply
from frontend.version import VERSION
from shared.errors import NotFoundError, ServiceError
from shared.operation import Parameter
from shared.operations import ALL_OPERATIONS

# Pages need nothing but themselves: no script, no frame, no form, nothing from elsewhere.
CONTENT_SECURITY_POLICY = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; base-uri 'none'"
_HEADERS = (("content-security-policy", CONTENT_SECURITY_POLICY), ("referrer-policy", "no-referrer"))

_templates = Environment(
    loader=PackageLoader("frontend"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def info_page() -> Reply:
    """What ``/`` answers: what the server is and what can be asked of it."""
    page = _templates.get_template("info.html").render(version=VERSION, parameters=_parameters())
    return html_reply(HTTPStatus.OK, page, headers=(*_HEADERS, ("cache-control", "no-cache")))


def error_page(error: ServiceError, headers: Mapping[str, str]) -> Reply | None:
    """A page for a browser that found nothing; None where JSON is the answer."""
    if not isinstance(error, NotFoundError) or not accepts_html(headers.get("accept", "")):
        return None
    page = _templates.get_template("not_found.html").render(message=error.message)
    return html_reply(error.status, page, headers=(*_HEADERS, ("cache-control", "no-store")))


def _parameters() -> list[Parameter]:
    """Every parameter a query may set, each name once."""
    by_name = {item.query: item for kind in ALL_OPERATIONS for item in kind.parameters() if item.query}
    return list(by_name.values())
