"""The seam around Pillow's decoders: whatever they raise leaves it as an error of ours.

Only decoding belongs inside: an exception in our own code must stay one, to be found and mended.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator

from PIL import Image

from shared.errors import CorruptImageError, ServiceError, TooManyPixelsError
from shared.limits import Limits


@contextlib.contextmanager
def decoding(limits: Limits) -> Iterator[None]:
    """Run Pillow's code on bytes that nobody has checked.

    Raises CorruptImageError for anything a decoder trips over, TooManyPixelsError where one finds in time that it
    would make more than may be made; MemoryError passes through.
    """
    # Where decoders allocate while they open a file (WebP, ICO), or find a larger image inside (GIF, TIFF), only
    # Pillow's own check comes in time. It refuses what has more than twice this many pixels.
    Image.MAX_IMAGE_PIXELS = (limits.max_pixels + 1) // 2
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except (ServiceError, MemoryError):
        raise
    except Image.DecompressionBombError as error:
        raise TooManyPixelsError(f"the image has more than {limits.max_pixels} pixels") from error
    except Exception as error:
        # Not a list of types: on damaged files Pillow raises OSError, SyntaxError, ValueError, RuntimeError,
        # struct.error and more, and every plug-in adds its own.
        raise CorruptImageError(f"{type(error).__name__}: {error}") from error
    finally:
        Image.MAX_IMAGE_PIXELS = None
