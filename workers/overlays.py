"""Opens the images that a plan lays upon another: the same limits, colours and upright stand as for the image.

Where they are laid, and how large, is ``workers/modules/watermark.py``.
"""

from __future__ import annotations

from collections.abc import Mapping

from PIL import Image, ImageFile

from shared.errors import BadParameterError, ImageError, SourceChangedError
from shared.limits import Limits
from shared.messages import Source
from shared.operations import Open
from workers import colour
from workers.frames import decoded, select
from workers.opening import opened
from workers.orientation import upright
from workers.reading import read

_GIVEN_AS = "wm"


def decoded_overlay(name: str, sources: Mapping[str, Source], *, limits: Limits) -> Image.Image:
    """Decode the first frame of the overlay of that name; it comes upright, in sRGB, as L, LA, RGB or RGBA.

    Raises BadParameterError, which names the overlay, where there is none or it cannot be decoded: the image that
    it is laid upon is not to blame. SourceChangedError stays what it is, for a new look-up may help.
    """
    if name not in sources:
        raise BadParameterError.of(_GIVEN_AS, name, "there is no image of this name")
    try:
        return _decoded(sources[name], limits)
    except SourceChangedError:
        raise
    except ImageError as error:
        raise BadParameterError.of(_GIVEN_AS, name, _uncapitalised(error.message)) from error


def _decoded(source: Source, limits: Limits) -> Image.Image:
    data = read(source, max_bytes=limits.max_bytes)
    with opened(data, extension=source.extension, limits=limits) as overlay:
        selection = select(overlay, Open(), animate=False)
        overlay.check_memory()
        frame = next(decoded(overlay, selection))
        image = upright(colour.expanded(frame.image), overlay.orientation)
        image = colour.to_srgb(image, profile=overlay.profile)
        # The decoder's own image is closed with the block.
        return image.copy() if isinstance(image, ImageFile.ImageFile) else image


def _uncapitalised(text: str) -> str:
    return text[:1].lower() + text[1:]
