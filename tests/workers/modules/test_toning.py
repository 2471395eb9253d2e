"""Tint, sepia and duotone: against the standards' formulas worked out pixel by pixel, and against libvips."""

from __future__ import annotations

import pytest
from PIL import Image

from shared.colours import WHITE, Colour
from shared.operation import Operation
from shared.operations import Duotone, Sepia, Tint
from shared.parameters.colour import ColourPair
from tests.workers.modules.pictures import MODES, apply, distance, from_vips, gradients, texture, to_vips

NAVY, AMBER, TEAL = Colour(16, 24, 96), Colour(255, 200, 64), Colour(0, 128, 128)
COLOURS = (Colour(255, 0, 0), Colour(0, 0, 255), TEAL, AMBER, Colour(90, 90, 90))
NIGHT_AND_DAY = Duotone(colors=ColourPair(NAVY, AMBER))
STEPS = (Tint(color=TEAL), Sepia(amount=100), Sepia(amount=35), NIGHT_AND_DAY)
RAMP = Image.frombytes("L", (256, 1), bytes(range(256)))

Rgb = tuple[float, float, float]


def luma(colour: Rgb) -> float:
    """Luma of BT.601."""
    return 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]


def pixels(frame: Image.Image) -> list[Rgb]:
    """The colours of all pixels, without alpha."""
    data = frame.convert("RGB").tobytes()
    return [(data[at], data[at + 1], data[at + 2]) for at in range(0, len(data), 3)]


def with_luma(colour: Rgb, wanted: float) -> Rgb:
    """SetLum and ClipColor of Compositing and Blending Level 1, as written there."""
    shift = wanted - luma(colour)
    red, green, blue = (value + shift for value in colour)
    low, high = min(red, green, blue), max(red, green, blue)
    if low < 0:
        red, green, blue = (wanted + (value - wanted) * wanted / (wanted - low) for value in (red, green, blue))
    if high > 255:
        factor = (255 - wanted) / (high - wanted)
        red, green, blue = (wanted + (value - wanted) * factor for value in (red, green, blue))
    return red, green, blue


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("colour", COLOURS, ids=str)
def test_tint_is_the_blend_mode_color(colour: Colour, mode: str) -> None:
    """What the standard's formula makes of each luma, rounded."""
    frame = texture(mode, (48, 32))
    result = apply(Tint(color=colour), frame)
    for grey, tinted in zip(frame.convert("L").tobytes(), pixels(result), strict=True):
        assert tinted == pytest.approx(with_luma((colour.red, colour.green, colour.blue), grey), abs=0.501)


@pytest.mark.parametrize("colour", COLOURS, ids=str)
def test_tint_keeps_the_luma(colour: Colour) -> None:
    """Of every grey from black to white, to within a rounding."""
    for grey, tinted in enumerate(pixels(apply(Tint(color=colour), RAMP))):
        assert luma(tinted) == pytest.approx(grey, abs=0.51)


def test_tint_has_the_chroma_of_the_colour_where_there_is_room() -> None:
    """In YCbCr the middle greys get the colour's own Cb and Cr."""
    _, blue_difference, red_difference = apply(Tint(color=TEAL), RAMP).convert("YCbCr").split()
    _, *wanted = Image.new("RGB", (1, 1), tuple(TEAL[:3])).convert("YCbCr").split()
    for grey in range(100, 160, 10):
        assert blue_difference.getpixel((grey, 0)) == pytest.approx(wanted[0].getpixel((0, 0)), abs=1)
        assert red_difference.getpixel((grey, 0)) == pytest.approx(wanted[1].getpixel((0, 0)), abs=1)


@pytest.mark.parametrize("amount", [100, 60, 1])
def test_sepia_agrees_with_libvips(amount: float) -> None:
    """The matrix between the identity and sepia, recombined in floating point: within a step of 255."""
    sepia = [(0.393, 0.769, 0.189), (0.349, 0.686, 0.168), (0.272, 0.534, 0.131)]
    part = amount / 100
    matrix = [
        [part * weight + (1 - part) * (row == column) for column, weight in enumerate(weights)]
        for row, weights in enumerate(sepia)
    ]
    frame = texture()
    expected = to_vips(frame).recomb(matrix)
    result = apply(Sepia(amount=amount), frame)
    assert distance(result, from_vips((expected > 255).ifthenelse(255, expected), "RGB")) < 0.02


def test_sepia_of_grey() -> None:
    """Half of full sepia, rows of the matrix added up: 1.351, 1.203 and 0.937 of the grey."""
    assert apply(Sepia(amount=100), RAMP).getpixel((100, 0)) == (135, 120, 94)
    assert apply(Sepia(amount=50), RAMP).getpixel((100, 0)) == (118, 110, 97)
    assert apply(Sepia(amount=100), RAMP).getpixel((255, 0)) == (255, 255, 239)


def test_duotone_lies_on_the_line_between_its_colours() -> None:
    """Black becomes the first, white the second, and everything between them what its luma says."""
    ramp = pixels(apply(NIGHT_AND_DAY, RAMP))
    assert (ramp[0], ramp[255]) == (NAVY[:3], AMBER[:3])
    for grey, colour in enumerate(ramp):
        part = grey / 255
        line = [low + (high - low) * part for low, high in zip(NAVY[:3], AMBER[:3], strict=True)]
        assert colour == pytest.approx(line, abs=0.501)


def test_duotone_sees_the_luma_alone() -> None:
    """Pure green is lighter than pure red, which is lighter than pure blue: 150, 76 and 29."""
    step = Duotone(colors=ColourPair(Colour(0, 0, 0), WHITE))
    for colour, grey in (((0, 255, 0), 150), ((255, 0, 0), 76), ((0, 0, 255), 29)):
        assert apply(step, Image.new("RGB", (1, 1), colour)).getpixel((0, 0)) == (grey,) * 3


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.text)
@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_alpha_stays_and_changes_nothing(step: Operation, mode: str) -> None:
    """Colours become what they become without alpha."""
    frame = gradients(mode)
    result = apply(step, frame)
    assert result.getchannel("A").tobytes() == frame.getchannel("A").tobytes()
    assert result.convert("RGB").tobytes() == apply(step, frame.convert(mode[:-1])).tobytes()


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.text)
def test_grey_frames_are_toned_as_grey_colours_are(step: Operation) -> None:
    """L gives what the same greys in RGB give."""
    assert apply(step, RAMP).tobytes() == apply(step, RAMP.convert("RGB")).tobytes()


@pytest.mark.parametrize("step", [Tint(), Sepia(), Duotone()], ids=lambda step: step.name)
def test_nothing_asked_for_is_the_same_frame(step: Operation) -> None:
    """Not even the mode changes."""
    frame = gradients("L")
    assert apply(step, frame) is frame
