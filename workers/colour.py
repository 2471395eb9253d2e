"""Colour: whatever a decoder makes becomes eight bits of grey or RGB in sRGB, with alpha where there is some.

Two stages, since the second costs the more the larger the image is, and resizing can come between them:
``expanded`` leaves a mode whose pixels can be mixed, ``to_srgb`` one of L, LA, RGB and RGBA in sRGB.
"""

from __future__ import annotations

from functools import cache

from PIL import Image, ImageChops

from workers import icc

_FINAL = frozenset(("L", "LA", "RGB", "RGBA"))
_PLAIN = {
    "1": "L", "La": "LA", "RGBa": "RGBA", "RGBX": "RGB", "PA": "RGBA", "YCbCr": "RGB", "HSV": "RGB",
    "I;16B": "I", "I;16L": "I", "I;16N": "I",
}  # fmt: skip
_WHITE_16 = 65_535


def expanded(image: Image.Image) -> Image.Image:
    """Resolve palettes, single transparent colours and exotic modes; colours stay in the source's space.

    What is left is of mode L, LA, RGB, RGBA, CMYK, LAB, I;16 or I.
    """
    if image.mode == "CMYK" and image.format in ("JPEG", "MPO") and "adobe" not in image.info:
        # Pillow takes every CMYK JPEG for one of Adobe's, whose inks are inverted. Adobe marks them.
        return ImageChops.invert(image)
    transparency = image.info.get("transparency")
    if image.mode == "I;16" and isinstance(transparency, int):
        return _grey_and_mask(image, transparent=transparency)
    if image.mode == "P":
        return image.convert("RGBA" if image.has_transparency_data else "RGB")
    if transparency is not None and image.mode in ("1", "L", "RGB"):
        return _with_alpha(image, transparency)
    return image.convert(_PLAIN[image.mode]) if image.mode in _PLAIN else image


def to_srgb(image: Image.Image, *, profile: bytes | None) -> Image.Image:
    """Turn what ``expanded`` left into sRGB, by the image's own ICC profile where it has a fitting one."""
    if image.mode == "LAB":
        return icc.lab_to_rgb(image)
    if image.mode == "CMYK":
        conversion = icc.to_srgb(profile, "CMYK") if profile else None
        return conversion(image) if conversion else image.convert("RGB")
    image = _eight_bit(image)
    conversion = icc.to_srgb(profile, image.mode) if profile else None
    return conversion(image) if conversion else image


def _eight_bit(image: Image.Image) -> Image.Image:
    """Round deeper samples to eight bits; 65535 is white. Light never comes here: ``frames.py`` shows it."""
    return image if image.mode in _FINAL else image.convert("I").point(_sixteen_to_eight(), "L")


def _with_alpha(image: Image.Image, transparency: object) -> Image.Image:
    """Make the one colour that a PNG calls transparent so."""
    if isinstance(transparency, tuple) and max(transparency) > 255:
        # The image had 16 bits a channel, and Pillow has dropped the lower ones of the pixels only.
        image = image.copy()
        image.info["transparency"] = tuple(value >> 8 for value in transparency)
    return image.convert("RGBA" if image.mode == "RGB" else "LA")


def _grey_and_mask(image: Image.Image, *, transparent: int) -> Image.Image:
    wide = image.convert("I")
    seen = [0 if value == transparent else 255 for value in range(_WHITE_16 + 1)]
    return Image.merge("LA", (wide.point(_sixteen_to_eight(), "L"), wide.point(seen, "L")))


@cache
def _sixteen_to_eight() -> list[int]:
    return [(value + 128) // 257 for value in range(_WHITE_16 + 1)]
