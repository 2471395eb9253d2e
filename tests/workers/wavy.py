"""A picture by formula, the same everywhere and without symmetry: its hashes can be compared to the letter."""

from __future__ import annotations

from PIL import Image


def wavy(size: tuple[int, int], *, has_alpha: bool = False) -> Image.Image:
    """Make the picture, in RGBA."""
    width, height = size
    pixels = bytearray()
    for y in range(height):
        for x in range(width):
            alpha = 255 - (9 * x + 11 * y) % 200 if has_alpha else 255
            pixels += bytes(((3 * x * x + 7 * y) % 256, (5 * x + 2 * y * y) % 256, (4 * x * y + 30) % 256, alpha))
    return Image.frombytes("RGBA", size, bytes(pixels))
