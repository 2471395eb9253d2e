"""Each operation once by the name that a query has for it, over HTTPS: made the first time, kept the second."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from shared.operations.registry import OPERATIONS
from tests.e2e.server import RunningServer
from tests.workers.scenes import scene

pytestmark = pytest.mark.timeout(60)

WHOLE = (1200, 900)
CODING = 1.5
"""What writing the picture again costs at most, of 255."""
CASES = {
    "open": ("frame=0", WHOLE),
    "trim": ("trim=0", WHOLE),
    "crop": ("crop=10p,100,300,50p", (300, 450)),
    "resize": ("w=300&h=300&fit=cover&g=smart", (300, 300)),
    "pad": ("pad=10,20,30,40&bg=teal", (1260, 940)),
    "rotate": ("rotate=90", (900, 1200)),
    "flip": ("flip=h", WHOLE),
    "autocontrast": ("autocontrast=1", WHOLE),
    "equalize": ("equalize", WHOLE),
    "brightness": ("brightness=-20.5", WHOLE),
    "contrast": ("contrast=20", WHOLE),
    "saturation": ("saturation=-40", WHOLE),
    "hue": ("hue=90", WHOLE),
    "gamma": ("gamma=1.8", WHOLE),
    "grayscale": ("grayscale", WHOLE),
    "sepia": ("sepia", WHOLE),
    "tint": ("tint=orange", WHOLE),
    "duotone": ("duotone=222266,ffcc88", WHOLE),
    "invert": ("invert", WHOLE),
    "posterize": ("posterize=4", WHOLE),
    "blur": ("blur=3", WHOLE),
    "unsharp": ("sharpen=2&unsharp_amount=150&unsharp_threshold=3", WHOLE),
    "pixelate": ("pixelate=20", WHOLE),
    "round": ("round=max&f=webp", WHOLE),
    "mask": ("mask=heart&f=webp", WHOLE),
    "watermark": ("wm=alpha.png&wm_pos=nw&wm_opacity=0.9&wm_scale=0.4", WHOLE),
    "text": ("text=Gr%C3%BC%C3%9Fe%20aus%20Tintype&text_size=130&text_pos=s&text_color=gold", WHOLE),
    "background": ("mask=circle&bg=navy", WHOLE),
    "encode": ("f=webp", WHOLE),
}


SHOWING_THE_SAME = ("open", "trim", "encode")
"""Of the same picture another size or quality."""


@pytest.fixture(scope="module", autouse=True)
def photograph(images: Path) -> None:
    """Lay a picture with edges and grain among those of the server."""
    scene(WHOLE).save(images / "scene.jpg", quality=92)


def difference(one: bytes, other: bytes) -> float:
    """Mean difference of two pictures, of 255, when they are brought to one size."""
    same_size = []
    for body in (one, other):
        with Image.open(io.BytesIO(body)) as image:
            same_size.append(image.convert("RGBA").resize((300, 225), Image.Resampling.NEAREST))
    return sum(ImageStat.Stat(ImageChops.difference(*same_size)).mean) / 4


def test_every_operation_is_asked_for() -> None:
    """A new operation cannot slip past the server."""
    assert set(CASES) == {kind.name for kind in OPERATIONS.all if kind.__module__.startswith("shared.")}


@pytest.mark.parametrize("operation", CASES)
def test_operation_is_carried_out_and_kept(server: RunningServer, operation: str) -> None:
    """A photograph comes back in the right size, changed where it should be; asked for again it is a hit."""
    query, size = CASES[operation]
    with server.client() as client:
        first, second = (client.get(f"/images/scene.jpg?{query}&q=92") for _ in range(2))
        original = client.get("/images/scene.jpg")
    assert first.status_code == 200, first.text
    assert "x-tintype-ignored" not in first.headers
    with Image.open(io.BytesIO(first.content)) as made:
        assert made.size == size
    assert (first.headers["x-cache"], second.headers["x-cache"]) == ("miss", "hit")
    assert (second.status_code, second.content) == (200, first.content)
    assert (difference(first.content, original.content) > CODING) is (operation not in SHOWING_THE_SAME)
