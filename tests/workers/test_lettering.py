"""Letters: shaped and ordered as their writing asks for, in whatever fonts have them."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageDraw, features

from tests.workers import patched_font
from workers.fonts import SystemFaces, bundled
from workers.lettering import Lettering

HAN = "一丁丂"
needs_fribidi = pytest.mark.skipif(not features.check("raqm"), reason="needs FriBidi of the system (libfribidi0)")


@pytest.fixture
def lettering(tmp_path: Path) -> Lettering:
    """Our fonts, and a system with one that has Chinese signs and Syriac letters."""
    (tmp_path / "han.ttf").write_bytes(patched_font.font_for((0x0710, 0x0720), (0x4E00, 0x4E10)))
    return Lettering((bundled("serif"), bundled("sans")), size_px=40, system=SystemFaces([tmp_path]))


def names(lettering: Lettering, line: str) -> list[tuple[str, str]]:
    """The parts of a line from left to right, each with the name of its font."""
    return [(part.text, part.face.path.stem) for part in lettering.parts(line)]


def written(lettering: Lettering, line: str) -> bytes:
    """What it looks like."""
    picture = Image.new("L", (600, 80))
    lettering.write(line, on=ImageDraw.Draw(picture), at=(20, 50))
    assert picture.getbbox() is not None
    return picture.tobytes()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("plain text, 12!", [("plain text, 12!", "DejaVuSerif")]),
        ("שלום", [("שלום", "DejaVuSans")]),
        (HAN, [(HAN, "han")]),
        (f"a {HAN} b", [("a ", "DejaVuSerif"), (HAN, "han"), (" b", "DejaVuSerif")]),
        ("a שלום b", [("a ", "DejaVuSerif"), ("שלום", "DejaVuSans"), (" ", "DejaVuSans"), ("b", "DejaVuSerif")]),
        (
            f"אב {HAN} גד",
            [("גד", "DejaVuSans"), (" ", "DejaVuSerif"), (HAN, "han"), ("אב ", "DejaVuSans")],
        ),
        (f"a אב{HAN}", [("a ", "DejaVuSerif"), ("אב", "DejaVuSans"), (HAN, "han")]),
        ("a אב גד", [("a ", "DejaVuSerif"), ("אב גד", "DejaVuSans")]),
        ("a אבܒܓ", [("a ", "DejaVuSerif"), ("ܒܓ", "han"), ("אב", "DejaVuSans")]),
        ("א12ב", [("ב", "DejaVuSans"), ("12", "DejaVuSerif"), ("א", "DejaVuSans")]),
        ("क", [("क", "DejaVuSerif")]),
        ("", []),
    ],
)
def test_parts_stand_in_the_order_of_the_page(
    lettering: Lettering, line: str, expected: list[tuple[str, str]]
) -> None:
    """Each in the first font that has it; what none has stays with the first."""
    assert names(lettering, line) == expected


def test_a_width_is_the_sum_of_the_parts(lettering: Lettering) -> None:
    """Several fonts on one line follow each other."""
    both = lettering.width_px(f"ab{HAN}")
    assert both == pytest.approx(lettering.width_px("ab") + lettering.width_px(HAN))


def test_a_joined_sign_is_not_torn_between_fonts(lettering: Lettering) -> None:
    """Selectors and joiners follow their sign, whatever font has it."""
    assert len(lettering.parts("一\ufe0f\u200d丁")) == 1


@needs_fribidi
def test_arabic_letters_are_joined(lettering: Lettering) -> None:
    """The same letters with a non-joiner between look different, and are wider."""
    assert written(lettering, "سلم") != written(lettering, "س\u200cل\u200cم")
    assert lettering.width_px("سلم") < lettering.width_px("س\u200cل\u200cم")


@needs_fribidi
def test_hebrew_runs_from_right_to_left(lettering: Lettering) -> None:
    """The first letter, which has ink in its whole square, stands at the right."""
    both, first, last = (
        Image.frombytes("L", (600, 80), written(lettering, line)).getbbox() for line in ("שי", "ש", "י")
    )
    assert both is not None
    assert first is not None
    assert last is not None
    of_both = Image.frombytes("L", (600, 80), written(lettering, "שי"))
    width = first[2] - first[0]
    at_right = of_both.crop((both[2] - width, 0, both[2], 80)).getbbox()
    assert at_right is not None
    assert at_right[3] == first[3]
    assert of_both.crop((both[0], 0, both[0] + last[2] - last[0], 80)).getbbox()[3] == last[3]  # type: ignore[index]


@needs_fribidi
def test_brackets_are_mirrored_among_hebrew(lettering: Lettering) -> None:
    """An opening one opens to the left."""
    assert written(lettering, "א(ב") != written(lettering, "א)ב")
    assert written(lettering, "\u200fא(ב)") == written(lettering, "א(ב)")


@needs_fribidi
def test_signs_among_hebrew_stand_on_its_other_side(lettering: Lettering) -> None:
    """Digits and a bracket from another font: the bracket, which reaches below the line, is leftmost."""
    picture = Image.frombytes("L", (600, 80), written(lettering, "א12)"))
    box = picture.getbbox()
    assert box is not None
    assert picture.crop((box[0], 54, box[0] + 8, 80)).getbbox() is not None


@pytest.mark.parametrize("control", ["\u202e", "\u202b", "\u2066", "\u2069"])
def test_orders_to_change_the_direction_are_dropped(lettering: Lettering, control: str) -> None:
    """A library that is not ours breaks at many of them."""
    assert [part.text for part in lettering.parts(f"a{control}b")] == ["ab"]
