"""The work of the module: from frame to frame, in a worker."""

from __future__ import annotations

from PIL import Image, ImageChops

from workers.scene import Scene

from . import Vignette


def vignette(frame: Image.Image, step: Vignette, scene: Scene) -> Image.Image:
    """Lay the colour upon the frame, more of it the farther from the middle; transparency stays."""
    distance = Image.radial_gradient("L").resize(frame.size)
    part = step.strength * step.color.alpha / 255
    mask = ImageChops.multiply(distance, distance).point([round(value * part) for value in range(256)])
    colour = Image.new("RGB", frame.size, step.color[:3]).convert(frame.mode)
    faded = Image.composite(colour, frame, mask)
    if frame.has_transparency_data:
        faded.putalpha(frame.getchannel("A"))
    return faded
