"""Scales frames: by which filter, from which part of the frame.

What size a frame is to have is decided in ``workers/geometry.py``. No intermediate has more pixels than the larger
of source and result: since Pillow 13 the side that shrinks more goes first.
"""

from __future__ import annotations

from PIL import Image, ImageFilter
from PIL.Image import Resampling

from workers.geometry import Region, Size
from workers.modules.canvas import PREMULTIPLIED

_FILTERS = {
    "triangle": Resampling.BILINEAR,
    "catmullrom": Resampling.BICUBIC,
    "lanczos": Resampling.LANCZOS,
}
_GAUSSIAN_SIGMA = 0.5
_BLURRING_MODES = frozenset(("L", "La", "RGB", "RGBa", "CMYK"))

# What `optimal` does: the fastest way whose likeness (SSIM) to Lanczos over every pixel is 0.996 or more. Small
# sources cost little in any way, and their pixels count: they get Lanczos over every pixel. Milliseconds and
# likeness from scripts/bench/resample.py, a photograph of 1920×1080 on one core, Pillow 13:
#
#   shrink   every pixel   bicubic         blocks first, then Lanczos   libvips 8.18
#      2     20.5          15.3  0.9964    (nothing to reduce)           8.6  0.9990
#      3.25  18.6          11.8  0.9965    8.0  0.9965 (gap 1.6)         6.8  0.9991
#      4.5   19.8          11.7  0.9966    6.7  0.9985 (gap 1.6)         9.3  0.9980
#      8     15.3          11.3  0.9969    3.6  0.9986 (gap 2.3)         5.5  0.9967
#     20     12.7           8.9  0.9972    1.5  0.9987 (gap 2.3)         4.3  0.9978
#
# Averaging blocks with no filter after it (0.93 to 0.99) is good enough nowhere.
_SMALL_SOURCE_PX = 250_000
_FIRST_REDUCED_SHRINK = 3.2
_LARGE_SHRINK = 4.7


def scaled(
    frame: Image.Image, size: Size, *, filter_name: str = "optimal", region: Region | None = None
) -> Image.Image:
    """Return the frame, or a region of it, scaled to ``size``.

    Works in all modes but ``1`` and ``P``, whose pixels cannot be mixed: these get ``nearest``, whatever is asked
    for. Where Pillow cannot blur (``I;16``, ``I``, ``F``, ``LAB``, ``YCbCr``), ``triangle`` stands in for
    ``gaussian``: of all its filters it comes closest.
    """
    region = region or Region(0, 0, *frame.size)
    left, top, right, bottom = map(int, region)
    if (right - left, bottom - top) == size and (left, top, right, bottom) == region:
        return frame if size == frame.size else frame.crop((left, top, right, bottom))
    if filter_name == "nearest":
        return frame.resize(size, Resampling.NEAREST, region)
    if frame.mode in PREMULTIPLIED:
        return _mixed(frame.convert(PREMULTIPLIED[frame.mode]), size, filter_name, region).convert(frame.mode)
    return _mixed(frame, size, filter_name, region)


def _mixed(frame: Image.Image, size: Size, filter_name: str, region: Region) -> Image.Image:
    """Scale a frame whose pixels may be mixed as they are."""
    if filter_name == "gaussian":
        if frame.mode in _BLURRING_MODES:
            return _gaussian(frame, size, region)
        filter_name = "triangle"
    if filter_name != "optimal":
        return frame.resize(size, _FILTERS[filter_name], region)
    resampling, reducing_gap = _optimal(size, region)
    if frame.mode.startswith("I;16"):
        reducing_gap = None  # no blocks are averaged in these modes
    return frame.resize(size, resampling, region, reducing_gap)


def _optimal(size: Size, region: Region) -> tuple[Resampling, float | None]:
    """Pick filter and reducing gap: how much is left to the filter after pixels were averaged in whole blocks."""
    width, height = region.right - region.left, region.bottom - region.top
    shrink = max(width / size[0], height / size[1])
    if shrink <= 1:
        return Resampling.BICUBIC, None
    if width * height <= _SMALL_SOURCE_PX:
        return Resampling.LANCZOS, None
    if shrink < _FIRST_REDUCED_SHRINK:
        return Resampling.BICUBIC, None
    return Resampling.LANCZOS, 1.6 if shrink < _LARGE_SHRINK else 2.3


def _gaussian(frame: Image.Image, size: Size, region: Region) -> Image.Image:
    """Scale with a Gaussian whose deviation is half a pixel of the coarser grid.

    Pillow has no such filter. The cubic's variance is zero, so that a blur makes all of the Gaussian's; it is made
    on the coarser grid, which is also the cheaper one: the source's where a side grows, else the result's.
    """
    grows_x, grows_y = size[0] > region.right - region.left, size[1] > region.bottom - region.top
    before = (_GAUSSIAN_SIGMA if grows_x else 0, _GAUSSIAN_SIGMA if grows_y else 0)
    after = (_GAUSSIAN_SIGMA - before[0], _GAUSSIAN_SIGMA - before[1])
    frame = frame.filter(ImageFilter.GaussianBlur(before))
    scaled_frame = frame.resize(size, Resampling.BICUBIC, region)
    return scaled_frame.filter(ImageFilter.GaussianBlur(after))
