"""The pages for people: what this server is, and that there is nothing at an address."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from typing import NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from frontend.negotiation import accepts_html
from frontend.reply import Reply, html_reply
from frontend.version import VERSION
from shared.errors import NotFoundError, ServiceError
from shared.operation import Parameter
from shared.operations.registry import OPERATIONS

# Pages need nothing but themselves: no script, no frame, no form, nothing from elsewhere.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = (("content-security-policy", CONTENT_SECURITY_POLICY), ("referrer-policy", "no-referrer"))

_templates = Environment(
    loader=PackageLoader("frontend"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def _prose(text: str) -> Markup:
    """A sentence of a declaration, in which what stands between backticks is code."""
    parts = text.split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if index % 2 else part for index, part in enumerate(parts)
    )


_templates.filters["prose"] = _prose


@cache
def info_page() -> Reply:
    """What ``/`` answers: what the server is and what can be asked of it. Made once: it is always the same."""
    return page("info.html", examples=_EXAMPLES, operations=_operations(), classic=_CLASSIC)


def page(template: str, **values: object) -> Reply:
    """Fill a template in. A cache may keep the page, and asks each time whether it still is the same."""
    text = _templates.get_template(template).render(version=VERSION, **values)
    return html_reply(HTTPStatus.OK, text, headers=(*_HEADERS, ("cache-control", "no-cache")))


def error_page(error: ServiceError, headers: Mapping[str, str]) -> Reply | None:
    """A page for a browser that found nothing; None where JSON is the answer."""
    if not isinstance(error, NotFoundError) or not accepts_html(headers.get("accept", "")):
        return None
    text = _templates.get_template("not_found.html").render(message=error.message)
    return html_reply(error.status, text, headers=(*_HEADERS, ("cache-control", "no-store")))


class _Operation(NamedTuple):
    """An operation as the page shows it."""

    name: str
    about: str
    parameters: list[Parameter]


def _operations() -> list[_Operation]:
    """Every operation that a query may ask for, with the parameters it may set."""
    told = [
        _Operation(
            kind.name, " ".join((kind.__doc__ or "").split()), [item for item in kind.parameters() if item.query]
        )
        for kind in OPERATIONS.all
    ]
    return [operation for operation in told if operation.parameters]


_EXAMPLES = (
    ("/images/cat.jpg", "", "The original, its bytes untouched."),
    (
        "/images/cat.jpg",
        "?w=640&h=480&fit=cover&f=auto",
        "Cut to 640 × 480, in the best format the browser takes.",
    ),
    ("/cat.jpg", "?h=50p&to=webp", "Half as high, as WebP. The prefix may be left out."),
    ("/cat.jpg", "?rotate=90&grayscale", "Turned to the right, and grey."),
)

_CLASSIC = (
    ("resx, resy, resfilter", "Width and height in pixels, 0 for unset; the resampling filter."),
    ("filter=blur|bw|brighten|contrast", "Its argument is f_param."),
    ("transform=fliph|flipv|rotate|hue_rotate", "Its argument is t_param."),
    ("process=invert|unsharpen", "Its arguments are p1 and p2: sigma and threshold."),
    ("to", "The format, by extension."),
)
