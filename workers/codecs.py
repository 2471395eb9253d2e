"""Loads Pillow's plug-ins for our formats, and our own, and sets what only can be set for all images at once."""

from __future__ import annotations

import io
import logging

from PIL import (  # noqa: F401 - each import registers a format
    AvifImagePlugin,
    BmpImagePlugin,
    DdsImagePlugin,
    GifImagePlugin,
    IcoImagePlugin,
    Image,
    Jpeg2KImagePlugin,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    PpmImagePlugin,
    QoiImagePlugin,
    TgaImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from workers import deep_source, extra_files, raster_files

deep_source.register()
raster_files.register()
extra_files.register()

# The pool has a worker for each core.
AvifImagePlugin.DEFAULT_MAX_THREADS = 1
# Frames come out in colour from the first on, so that no palette has to be carried along.
GifImagePlugin.LOADING_STRATEGY = GifImagePlugin.LoadingStrategy.RGB_ALWAYS
# Bounds each compressed chunk of a PNG: colour profiles of scanners and screens pass Pillow's own bound.
PngImagePlugin.MAX_TEXT_CHUNK = 8 << 20
# Our own limits are checked in `workers/opening.py`; elsewhere this would only warn about results.
Image.MAX_IMAGE_PIXELS = None

_TAKING_LONG_THE_FIRST_TIME = ("JPEG", "PNG", "WEBP", "AVIF")


def warm_up() -> None:
    """Use every codec once that builds tables or binds libraries at its first use, and silence Pillow's log."""
    Image.preinit()
    logging.getLogger("PIL").addHandler(logging.NullHandler())
    logging.getLogger("PIL").propagate = False
    for name in _TAKING_LONG_THE_FIRST_TIME:
        file = io.BytesIO()
        Image.new("RGB", (16, 16)).save(file, name)
        with Image.open(file, formats=(name,)) as image:
            image.load()
