"""Content negotiation: what real browsers say they take, what weights say, and what junk says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontend.negotiation import accepts_html, negotiate
from tests.shared.strategies import PROPERTY

ENCODES = ("jpeg", "png", "webp", "avif")

CHROME = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"
FIREFOX = "image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5"
SAFARI = (
    "image/webp,image/avif,image/jxl,image/heic,image/heic-sequence,video/*;q=0.8,"
    "image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5"
)
CHROME_OF_2019 = "image/webp,image/apng,image/*,*/*;q=0.8"
FIREFOX_OF_2019 = "image/webp,*/*"
SAFARI_OF_2019 = "image/png,image/svg+xml,image/*;q=0.8,video/*;q=0.8,*/*;q=0.5"
INTERNET_EXPLORER = "image/png, image/svg+xml, image/jxr, image/*;q=0.8, */*;q=0.5"
CHROME_TAB = (
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,"
    "application/signed-exchange;v=b3;q=0.7"
)
FIREFOX_TAB = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
CURL = "*/*"


@pytest.mark.parametrize(
    ("accept", "format_name"),
    [
        pytest.param(CHROME, "avif", id="Chrome"),
        pytest.param(FIREFOX, "avif", id="Firefox"),
        pytest.param(SAFARI, "avif", id="Safari"),
        pytest.param(CHROME_TAB, "avif", id="an image opened in a tab of Chrome"),
        pytest.param(CHROME_OF_2019, "webp", id="old Chrome"),
        pytest.param(FIREFOX_OF_2019, "webp", id="old Firefox"),
        pytest.param(SAFARI_OF_2019, "auto", id="old Safari"),
        pytest.param(INTERNET_EXPLORER, "auto", id="Internet Explorer"),
        pytest.param(FIREFOX_TAB, "auto", id="an image opened in a tab of Firefox"),
        pytest.param(CURL, "auto", id="curl"),
        pytest.param("", "auto", id="nothing"),
    ],
)
def test_client_gets_the_best_it_names(accept: str, format_name: str) -> None:
    """AVIF for whoever names it, else WebP, else what every client shows."""
    assert negotiate(accept, ENCODES) == format_name


@pytest.mark.parametrize("accept", ["*/*", "image/*", "*/*;q=1", "image/*;q=1.0, */*;q=0.1", "image/png;q=1, */*"])
def test_wildcard_names_no_format(accept: str) -> None:
    """Stars are sent by clients that show neither AVIF nor WebP."""
    assert negotiate(accept, ENCODES) == "auto"


@pytest.mark.parametrize(
    ("accept", "format_name"),
    [
        ("image/avif;q=0.5, image/webp;q=0.9", "webp"),
        ("image/webp;q=0.9, image/avif;q=0.9", "avif"),
        ("image/avif;q=0, image/webp", "webp"),
        ("image/avif;q=0.000, image/webp;q=0.0", "auto"),
        ("image/webp;q=0.001", "webp"),
        ("image/avif; q=0.1 , image/webp ; q=0.2", "webp"),
        ("IMAGE/WEBP;Q=0.3, Image/AVIF;q=0.2", "webp"),
        ("image/webp;profile=x;q=0.5, image/avif;q=0.4;level=1", "webp"),
        ("image/jpeg, image/webp;q=0.5", "auto"),
        ("image/webp;q=0.5, image/png;q=0.6", "auto"),
        ("image/webp;q=0.6, image/png;q=0.5", "webp"),
    ],
)
def test_weights_are_heeded(accept: str, format_name: str) -> None:
    """The greatest weight wins, AVIF at equal weights, nothing at weight zero; JPEG and PNG may be preferred."""
    assert negotiate(accept, ENCODES) == format_name


@pytest.mark.parametrize(
    "accept",
    [
        ",,,",
        ";q=1",
        "image/webp;q=",
        "image/webp;q=high",
        "image/webp;q=-1",
        "image/webp;q=2",
        "image/webp;q=nan",
        "image/webp;q=inf",
        "image/webpx",
        "image",
        "webp",
        "image/webp/avif",
        "\xff\xfe",
    ],
)
def test_junk_names_no_format(accept: str) -> None:
    """A weight that is none, and a type that is none, are no wish for a format."""
    assert negotiate(accept, ENCODES) == "auto"


def test_only_formats_we_encode_are_offered() -> None:
    """A format whose encoder the workers lack is not negotiated."""
    assert negotiate(CHROME, ("jpeg", "png", "webp")) == "webp"
    assert negotiate(CHROME, ("jpeg", "png")) == "auto"


@pytest.mark.parametrize("accept", [CHROME_TAB, FIREFOX_TAB, "text/html", "TEXT/HTML;q=0.1"])
def test_browsers_take_pages(accept: str) -> None:
    """A browser's tab names HTML."""
    assert accepts_html(accept)


@pytest.mark.parametrize("accept", ["", "*/*", "text/*", "text/html;q=0", "application/json", CHROME, FIREFOX])
def test_others_take_no_pages(accept: str) -> None:
    """Programs, and a browser that asks for an image inside a page, do not."""
    assert not accepts_html(accept)


@PROPERTY
@given(accept=st.text(st.sampled_from("image/webpavif*;q=0.15, ")) | st.text())
def test_any_header_gives_something_we_encode(accept: str) -> None:
    """Whatever is asked for, something is sent: never 406."""
    assert negotiate(accept, ENCODES) in ("avif", "webp", "auto")


@pytest.mark.parametrize(
    ("accept", "format_name"),
    [
        ("image/jxl, image/*", "jxl"),
        ("image/jxl, image/webp, image/*", "jxl"),
        ("image/webp, image/jxl, image/avif", "avif"),
        ("image/avif;q=0.5, image/jxl;q=0.9, image/webp;q=0.8", "jxl"),
    ],
)
def test_jpeg_xl_comes_after_avif_and_before_webp(accept: str, format_name: str) -> None:
    """For whoever names it, where there is a worker that can write it."""
    assert negotiate(accept, (*ENCODES, "jxl")) == format_name
    assert negotiate(accept, ENCODES) != "jxl"


def test_what_may_move_is_not_made_jpeg_xl() -> None:
    """Only its first frame would be left."""
    accept = "image/jxl, image/webp;q=0.5"
    assert negotiate(accept, (*ENCODES, "jxl"), may_move=True) == "webp"
    assert negotiate("image/jxl", (*ENCODES, "jxl"), may_move=True) == "auto"
