"""The pictures that the gallery is made from: the demo pictures, or a photo, and two that are derived from it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps

from workers.demo_pictures.__main__ import draw_missing

_DERIVED_SIDE_PX = 960
_MAT_PX, _MAT = 90, "#efe6d6"
_HAZE_LEVELS = [110 + round(0.38 * level) for level in range(256)]


@dataclass(frozen=True, slots=True)
class Source:
    """A picture in the server's folder: its file's name, and what it shows."""

    name: str
    shows: str


PHOTO = Source("portrait.jpg", "Hot-air balloons")


def sources(photo: Source = PHOTO) -> Mapping[str, Source]:
    """What examples are made from, by what they call it."""
    return {
        "photo": photo,
        "wide": Source("sunset.jpg", "A sunset over a lake"),
        "flower": Source("bloom.png", "A flower of translucent petals"),
        "planets": Source("orbit.gif", "Planets on their way round a sun"),
        "matted": Source("matted.jpg", f"{photo.shows}, within a mat"),
        "hazy": Source("hazy.jpg", f"{photo.shows}, in haze"),
    }


def put_sources(folder: Path, *, photo: Path | None, shows: str) -> Source:
    """Fill the folder; ``photo`` takes the place of a drawn one. Return the main picture."""
    for _ in draw_missing(folder):
        pass
    main = PHOTO
    if photo is not None:
        main = Source(f"photo{photo.suffix.lower()}", shows)
        shutil.copyfile(photo, folder / main.name)
    with Image.open(folder / main.name) as opened:
        upright = ImageOps.exif_transpose(opened).convert("RGB")
    upright.thumbnail((_DERIVED_SIDE_PX, _DERIVED_SIDE_PX))
    ImageOps.expand(upright, _MAT_PX, _MAT).save(folder / "matted.jpg", quality=92)
    upright.point(_HAZE_LEVELS * 3).save(folder / "hazy.jpg", quality=92)
    return main
