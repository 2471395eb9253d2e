"""Icons: several sizes, each from the original; read back, the largest is the picture."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from PIL.IcoImagePlugin import IcoImageFile

from tests import pictures
from tests.workers.jobs import result
from tests.workers.scenes import scene
from workers.modules.resample import scaled


def _sizes(body: bytes) -> dict[tuple[int, int], Image.Image]:
    with Image.open(io.BytesIO(body), formats=["ICO"]) as icon:
        assert isinstance(icon, IcoImageFile)
        return {size: icon.ico.getimage(size).copy() for size in icon.ico.sizes()}


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((512, 512), {256, 128, 64, 48, 32, 16}),
        ((256, 256), {256, 128, 64, 48, 32, 16}),
        ((100, 100), {100, 64, 48, 32, 16}),
        ((48, 48), {48, 32, 16}),
        ((16, 16), {16}),
        ((5, 5), {5}),
    ],
)
def test_an_icon_has_the_customary_sizes(size: tuple[int, int], expected: set[int]) -> None:
    """Its own, as it fits into 256, and those below it: nothing is scaled up."""
    made = result("encode:ico", pictures.encoded(scene(size), "png"))
    assert set(_sizes(made.body)) == {(side, side) for side in expected}
    assert (made.width, made.frames) == (max(expected), 1)


def test_every_size_comes_from_the_original() -> None:
    """Each is what our own Lanczos makes of all its pixels, colours weighed by alpha, and not of a smaller one."""
    original = scene((600, 600), mode="RGBA")
    found = _sizes(result("encode:ico", pictures.encoded(original, "png")).body)
    for size, image in found.items():
        expected = scaled(original, size, filter_name="lanczos")
        assert pictures.distance(image.convert("RGBA"), expected) == 0, size


@pytest.mark.parametrize(
    ("size", "largest", "smallest"), [((600, 300), (256, 128), (16, 8)), ((1, 300), (1, 256), (1, 16))]
)
def test_a_picture_that_is_not_square_keeps_its_shape(
    size: tuple[int, int], largest: tuple[int, int], smallest: tuple[int, int]
) -> None:
    """The longer side counts."""
    found = _sizes(result("encode:ico", pictures.encoded(scene(size), "png")).body)
    assert (max(found), min(found)) == (largest, smallest)


def test_alpha_is_in_every_size() -> None:
    """What is transparent in the original is so in all of them."""
    found = _sizes(result("encode:ico", pictures.encoded(scene((64, 64), mode="RGBA"), "png")).body)
    for image in found.values():
        alpha = image.convert("RGBA").getchannel("A")
        assert (alpha.getpixel((0, 0)), alpha.getpixel((alpha.width - 1, alpha.height - 1))) == (255, 0)


def test_the_largest_size_is_read() -> None:
    """An icon made here is read as the picture it was made of."""
    made = result("encode:ico", pictures.encoded(scene((100, 80)), "png"))
    again = pictures.opened(result("encode:png", made.body).body)
    assert again.size == (100, 80)
    assert pictures.distance(again.convert("RGB"), scene((100, 80))) == 0


def test_an_animation_becomes_an_icon_of_its_first_frame() -> None:
    """Icons do not move, and their sizes are no frames."""
    made = result("encode:ico", pictures.animated("webp"))
    assert (made.frames, set(_sizes(made.body))) == (1, {(64, 48), (48, 36), (32, 24), (16, 12)})
