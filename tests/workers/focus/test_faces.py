"""Gravity ``face``: which faces stay in view, and what finding them needs."""

from __future__ import annotations

import sys

import pytest
from PIL import Image

from shared.errors import BadParameterError
from shared.limits import Limits
from shared.messages import Failure, Result
from shared.operations import Resize
from shared.parameters import Length, Point
from tests import pictures
from tests.workers.focus.drawn_face import face
from tests.workers.jobs import job
from tests.workers.process import worker
from workers import limits
from workers.focus import faces, focus_point
from workers.geometry import Region
from workers.scene import Scene

SQUARE = Resize(width=Length(100), height=Length(100), fit="cover", gravity="face")
PLAN = "resize:width=100:height=100:fit=cover:gravity={};encode:png"


def with_faces(*corners: tuple[int, int], mode: str = "L", side: int = 120) -> Image.Image:
    """Drawn faces on grey."""
    picture = Image.new("L", (640, 360), 150)
    for corner in corners:
        picture.paste(face(side), corner)
    return picture.convert(mode)


def found(*regions: Region, share: Point) -> Point | None:
    """Where a window on a picture of 100×100 is centred, when a detector finds these faces on it."""
    return faces.find(Image.new("L", (100, 100)), share, detect=lambda picture: regions)


def looked(frame: Image.Image) -> Point:
    """Where a square crop of the frame looks."""
    return focus_point(frame, SQUARE, (100, 100), Scene(limits=Limits()))


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "CMYK"])
@pytest.mark.parametrize("corner", [(40, 20), (470, 200)])
def test_a_face_becomes_the_centre(corner: tuple[int, int], mode: str) -> None:
    """Wherever it is."""
    point = looked(with_faces(corner, mode=mode))
    assert point == pytest.approx(((corner[0] + 60) / 640, (corner[1] + 60) / 360), abs=0.02)


def test_faces_that_fit_are_all_in_view() -> None:
    """The window is centred between them."""
    assert looked(with_faces((300, 100), (480, 100))).x == pytest.approx(450 / 640, abs=0.02)


def test_a_face_that_cannot_be_seen_is_none() -> None:
    """A transparent one on the left, one to be seen on the right."""
    picture = with_faces((40, 100), (470, 100), mode="LA")
    picture.paste((150, 0), (0, 0, 300, 360))
    hidden = picture.getchannel("A")
    picture = with_faces((40, 100), (470, 100), mode="LA")
    picture.putalpha(hidden)
    assert looked(picture).x == pytest.approx(530 / 640, abs=0.02)


def test_without_faces_the_striking_part_is_taken() -> None:
    """As if ``smart`` had been said."""
    picture = Image.new("RGB", (640, 360), "grey")
    picture.paste(pictures.gradients(size=(90, 90)), (520, 100))
    smart = Resize(width=SQUARE.width, height=SQUARE.height, fit="cover", gravity="smart")
    assert looked(picture) == focus_point(picture, smart, (100, 100), Scene(limits=Limits()))
    assert faces.detected(picture) == []


@pytest.mark.parametrize("size", [(1, 1), (19, 300), (20, 20), (3000, 3)])
def test_pictures_too_small_for_a_face_have_none(size: tuple[int, int]) -> None:
    """The detector is not even asked where it could not answer."""
    assert faces.detected(Image.new("RGB", size)) == []


def test_the_largest_face_comes_first() -> None:
    """Where not all fit, the small one is left out, and one that fits beside the largest is kept."""
    large, near, far = Region(10, 10, 40, 40), Region(45, 10, 55, 20), Region(80, 10, 100, 30)
    assert found(near, far, large, share=Point(0.5, 1)) == pytest.approx((0.325, 0.25))
    assert found(near, far, large, share=Point(0.3, 1)) == pytest.approx((0.25, 0.25))
    assert found(near, far, large, share=Point(1, 0.3)) == pytest.approx((0.55, 0.25))


def test_a_face_larger_than_the_window_is_its_centre() -> None:
    """There is no better place."""
    assert found(Region(20, 0, 100, 80), share=Point(0.5, 1)) == pytest.approx((0.6, 0.4))


def test_no_face_is_no_answer() -> None:
    """The caller then looks for something else."""
    assert found(share=Point(0.5, 1)) is None


def test_a_server_without_the_extra_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """The parameter and the remedy are named."""
    monkeypatch.setitem(sys.modules, "cv2", None)
    faces._classifier.cache_clear()
    with pytest.raises(BadParameterError, match=r"^g='face' .* the extra faces") as caught:
        looked(with_faces((40, 20)))
    assert caught.value.status == 400


def test_a_worker_finds_faces_within_its_limits() -> None:
    """With the usual ceiling, twice; its one thread is the only one."""
    body = pictures.encoded(with_faces((470, 200)), "png")
    with worker() as process:
        for _ in range(2):
            answer = process.ask(job(PLAN.format("face"), body))
            assert isinstance(answer, Result), answer
            wanted = process.ask(job(PLAN.format("fp,0.828,0.722"), body))
            assert isinstance(wanted, Result)
            assert pictures.distance(pictures.opened(answer.body), pictures.opened(wanted.body)) < 5


def test_a_worker_without_room_for_the_detector_says_so() -> None:
    """Loading half a library would end it; it answers, and goes on."""
    body = pictures.encoded(with_faces((470, 200)), "png")
    with worker("--memory-bytes", str(limits.MIN_MEMORY_BYTES)) as process:
        answer = process.ask(job(PLAN.format("face"), body))
        assert isinstance(answer, Failure)
        assert answer.error == "out_of_memory"
        assert isinstance(process.ask(job(PLAN.format("smart"), body)), Result)
