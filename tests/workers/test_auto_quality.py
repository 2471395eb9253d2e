"""``quality=auto``: the lowest quality that still looks like what was encoded."""

from __future__ import annotations

import pytest
from PIL import Image, ImageFilter

from shared.formats import AVIF, JP2, JPEG, WEBP, Format
from shared.operations import Encode
from tests import pictures
from tests.workers.jobs import result
from tests.workers.scenes import moving_scene, scene
from workers.auto_quality import HIGHEST, LIKENESS, LOWEST, chosen_quality, sample
from workers.encoding import encode
from workers.lossy_coding import AVIF_CODING, JP2_CODING, JPEG_CODING, WEBP_CODING, LossyCoding
from workers.picture import Picture, in_common_mode
from workers.similarity import Likeness

_CODINGS = [(JPEG, JPEG_CODING), (WEBP, WEBP_CODING), (AVIF, AVIF_CODING), (JP2, JP2_CODING)]
_IDS = ["jpeg", "webp", "avif", "jp2"]


class _Encoder:
    """Encodes frames in one format, and remembers at which qualities."""

    def __init__(self, image_format: Format) -> None:
        self._format = image_format
        self.asked: list[int] = []

    def __call__(self, frame: Image.Image, quality: int) -> bytes:
        self.asked.append(quality)
        return encode(Picture(frames=(frame,)), self._format, Encode(quality=quality)).body


def _on_white(frame: Image.Image) -> Image.Image:
    return in_common_mode((frame,), frozenset("L"))[0]


def _likeness(frame: Image.Image, body: bytes) -> float:
    return Likeness(_on_white(frame)).of(_on_white(pictures.opened(body)))


@pytest.mark.parametrize(("image_format", "coding"), _CODINGS, ids=_IDS)
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_the_lowest_quality_that_looks_right_is_found(
    image_format: Format, coding: LossyCoding, mode: str
) -> None:
    """It clears the bound and the one below does not; five encodes suffice. Alpha is seen on white."""
    frame = scene(mode=mode).filter(ImageFilter.GaussianBlur(0.4))
    encoder = _Encoder(image_format)
    quality = chosen_quality(frame, encoder, coding=coding)
    assert LOWEST < quality < HIGHEST
    assert len(set(encoder.asked)) == len(encoder.asked) <= 5
    assert _likeness(frame, encoder(frame, quality)) > LIKENESS
    assert _likeness(frame, encoder(frame, quality - 1)) <= LIKENESS


def test_a_higher_bound_takes_a_higher_quality() -> None:
    """The bound is what decides."""
    encoder = _Encoder(JPEG)
    found = [chosen_quality(scene(), encoder, coding=JPEG_CODING, likeness=bound) for bound in (0.95, 0.98, 0.99)]
    assert found[0] < found[1] < found[2]


def test_what_nothing_can_spoil_has_the_lowest_quality() -> None:
    """One colour looks like one colour at any quality, and less than 40 is not tried."""
    encoder = _Encoder(JPEG)
    assert chosen_quality(Image.new("RGB", (64, 48), "teal"), encoder, coding=JPEG_CODING) == LOWEST
    assert min(encoder.asked) == LOWEST


def test_more_than_95_is_not_tried() -> None:
    """Where even that is not enough, it has to be."""
    encoder = _Encoder(JPEG)
    assert chosen_quality(scene(), encoder, coding=JPEG_CODING, likeness=0.99999) == HIGHEST
    assert max(encoder.asked) == HIGHEST


@pytest.mark.parametrize("name", ["jpeg", "webp", "avif", "jp2"])
def test_jobs_take_auto(name: str) -> None:
    """The result is one of the qualities, and smaller than a high one."""
    body = pictures.encoded(scene(), "png")
    auto = result(f"encode:{name}:quality=auto", body)
    assert len(auto.body) < 0.8 * len(result(f"encode:{name}:quality=93", body).body)
    assert _likeness(scene(), auto.body) > LIKENESS


@pytest.mark.parametrize("plan", ["encode:png", "encode:webp:lossless=1", "encode:jp2:lossless=1", "encode:gif"])
def test_nothing_is_chosen_where_nothing_is_lost(plan: str) -> None:
    """Formats without a quality, and coding without loss, take no notice."""
    body = pictures.encoded(scene((40, 30)), "png")
    assert result(f"{plan}:quality=auto", body).body == result(plan, body).body


def test_the_source_s_own_format_takes_no_notice_either() -> None:
    """What the plan cannot know beforehand: that the source has no quality."""
    body = pictures.encoded(scene((40, 30)), "png")
    assert result("encode:quality=auto", body).body == result("open:frame=0", body).body


@pytest.mark.parametrize("image_format", [WEBP, AVIF], ids=["webp", "avif"])
def test_an_animation_has_the_quality_of_its_first_frame(image_format: Format) -> None:
    """Which is chosen as if it were a still."""
    frames = tuple(moving_scene())
    coding = {WEBP: WEBP_CODING, AVIF: AVIF_CODING}[image_format]
    quality = chosen_quality(frames[0], _Encoder(image_format), coding=coding)
    moving = Picture(frames=frames, durations_ms=(100,) * 4)
    auto, fixed = (encode(moving, image_format, Encode(quality=asked)).body for asked in ("auto", quality))
    assert auto == fixed


def test_metadata_does_not_change_the_choice() -> None:
    """A profile and EXIF are in the result, and nothing else is different."""
    body = pictures.signed_jpeg()
    plain, signed = (result(f"encode:webp:quality=auto:keep={keep}", body).body for keep in ("none", "all"))
    assert pictures.distance(pictures.opened(plain), pictures.opened(signed)) == 0
    assert len(signed) > len(plain)


@pytest.mark.parametrize("size", [(3000, 2000), (900, 5000), (20_000, 60)])
def test_large_pictures_are_judged_by_pieces(size: tuple[int, int]) -> None:
    """From everywhere, at their own size: 600,000 pixels at most, and not much less."""
    width, height = size
    gradient = Image.linear_gradient("L")
    picture = (gradient.rotate(90) if width > height else gradient).resize(size)
    taken = sample(picture)
    assert 500_000 < taken.width * taken.height <= 600_000
    levels = taken.histogram()
    assert all(levels[level] for level in (0, 85, 170, 255))
    assert (taken.width == width) == (width <= 1024)
    assert (taken.height == height) == (height <= 1024)


def test_small_pictures_are_judged_whole() -> None:
    """What is encoded to judge them is the result already."""
    picture = Image.new("RGB", (1000, 600))
    assert sample(picture) is picture
