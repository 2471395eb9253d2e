"""What each operation is asked for in the matrix, and what it is to make of size, channels and depth."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from shared.operations import FILTERS, FITS, FONTS, KEEPS, MASKS

Size = tuple[int, int]
Sizing = Callable[[int, int], Size]


@dataclass(frozen=True, slots=True)
class Case:
    """An operation as a plan writes it.

    ``size`` makes the result's of the source's, None where that depends on what the picture shows. ``gains`` holds
    ``A`` for alpha and ``C`` for colours, ``loses`` the same. ``is_deep`` says that sixteen bits stay sixteen, and
    ``may_join`` that frames of an animation may come out alike, and are joined then.
    """

    text: str
    size: Sizing | None = lambda width, height: (width, height)
    gains: str = ""
    loses: str = ""
    is_deep: bool = False
    may_join: bool = False
    bound: float = 1.0
    """Mean ΔE to what becomes of the same picture in eight bits."""

    def __str__(self) -> str:
        return self.text

    @property
    def operation(self) -> str:
        """Its name."""
        return self.text.partition(":")[0]

    def mode(self, mode: str) -> str:
        """The channels of the result, of those of the source."""
        if self.operation == "background" and not mode.endswith("A"):
            return mode
        has_alpha = (mode.endswith("A") or "A" in self.gains) and "A" not in self.loses
        has_colour = (mode.startswith("RGB") or "C" in self.gains) and "C" not in self.loses
        return ("RGB" if has_colour else "L") + ("A" if has_alpha else "")


def _to(width: int, height: int) -> Sizing:
    return lambda *_: (width, height)


def _contained(box: Size, *, enlarges: bool = True, fills: bool = False) -> Sizing:
    """As large as fits into the box, or as small as covers it."""

    def sizing(width: int, height: int) -> Size:
        factors = box[0] / width, box[1] / height
        factor = max(factors) if fills else min(factors)
        if not enlarges:
            factor = min(1.0, factor)
        return tuple(max(1, math.floor(side * factor + 0.5)) for side in (width, height))  # type: ignore[return-value]

    return sizing


def _scaled(factor: float) -> Sizing:
    return lambda width, height: (
        max(1, math.floor(width * factor + 0.5)),
        max(1, math.floor(height * factor + 0.5)),
    )


def _turned(angle: float) -> Sizing:
    cos, sin = abs(math.cos(math.radians(angle))), abs(math.sin(math.radians(angle)))
    return lambda width, height: (
        math.ceil(round(width * cos + height * sin, 6)),
        math.ceil(round(width * sin + height * cos, 6)),
    )


def _swapped(width: int, height: int) -> Size:
    return height, width


_BOX = (20, 30)
_FITTED: dict[str, Sizing] = {
    "contain": _contained(_BOX),
    "inside": _contained(_BOX, enlarges=False),
    "outside": _contained(_BOX, fills=True),
    "cover": _to(*_BOX),
    "fill": _to(*_BOX),
    "pad": _to(*_BOX),
}


def _geometry() -> Iterator[Case]:
    yield from (Case(f"trim:{tolerance}", None, is_deep=True) for tolerance in (0, 10, 255))
    yield Case("crop:0,0,1,1", _to(1, 1), is_deep=True, may_join=True)
    yield Case("crop:0,0,100p,100p", is_deep=True)
    yield Case("crop:10p,0,65535,1000p", None, is_deep=True)
    for fit in FITS:
        yield Case(f"resize:20:h=30:fit={fit}", _FITTED[fit], gains="A" * (fit == "pad"), is_deep=True)
    for name in FILTERS:
        yield Case(f"resize:33:h=17:fit=fill:filter={name}", _to(33, 17), is_deep=True)
        yield Case(f"resize:131:h=97:fit=fill:filter={name}", _to(131, 97), is_deep=True)
    yield Case("resize:1:h=1:fit=fill", _to(1, 1), is_deep=True, may_join=True)
    yield Case("resize:0.0001p:h=0.0001p", _to(1, 1), is_deep=True, may_join=True)
    yield Case("resize:50p:h=50p:fit=fill:dpr=0.1", _scaled(0.05), is_deep=True, may_join=True)
    yield Case("resize:200p:dpr=1.5", _scaled(3), is_deep=True)
    for gravity in ("ne", "fp,0.1,0.9"):
        yield Case(f"resize:9:h=40:fit=cover:gravity={gravity}", _to(9, 40), is_deep=True, may_join=True)
    for gravity in ("smart", "entropy", "face"):
        # Where nothing stands out, the least difference decides which part is seen.
        yield Case(f"resize:9:h=40:fit=cover:gravity={gravity}", _to(9, 40), may_join=True, bound=math.inf)
    yield Case("resize:90:h=20:fit=pad:bg=red", _to(90, 20), gains="C", is_deep=True)
    yield Case("pad:1,2,3,4", lambda width, height: (width + 6, height + 4), gains="A", is_deep=True)
    yield Case("pad:5,0,0,0:bg=white", lambda width, height: (width, height + 5), is_deep=True)
    yield Case("pad:0,0,0,65535", lambda width, height: (width + 65_535, height), gains="A", is_deep=True)
    for angle in (45, 359.9):
        yield Case(f"rotate:{angle}", _turned(angle), gains="A", is_deep=True)
    yield Case("rotate:-12.5:bg=red", _turned(12.5), gains="C", is_deep=True)
    yield Case("rotate:0.0001:bg=black", None, is_deep=True)
    yield from (Case(f"rotate:{angle}", _swapped, is_deep=True) for angle in (90, -90, 35_910))
    yield from (Case(f"rotate:{angle}", is_deep=True) for angle in (180, 36_000))
    yield from (Case(f"flip:{axes}", is_deep=True) for axes in ("h", "v", "hv"))


def _tone() -> Iterator[Case]:
    yield from (Case(f"autocontrast:{cutoff}") for cutoff in (0, 5.5, 49))
    yield Case("equalize")
    for amount in (-255, -30.5, 60, 255):
        yield Case(f"brightness:{amount}", is_deep=True, may_join=abs(amount) == 255)
    for amount in (-100, -50, 33.3, 100):
        yield Case(f"contrast:{amount}", is_deep=True, may_join=amount == -100)
    yield from (Case(f"saturation:{amount}", is_deep=True) for amount in (-100, -20.5, 100))
    yield from (Case(f"hue:{angle}", is_deep=angle == 36_000) for angle in (-90, 33.3, 180, 36_000))
    yield from (Case(f"gamma:{gamma}", is_deep=True) for gamma in (0.1, 0.5, 2.2, 10))
    yield Case("grayscale", loses="C", is_deep=True)
    yield from (Case(f"sepia:{amount}", gains="C") for amount in (1, 100))
    yield from (Case(f"tint:{colour}", gains="C") for colour in ("red", "black", "fff"))
    yield from (Case(f"duotone:{pair}", gains="C") for pair in ("222266,ffcc88", "000,fff"))
    yield Case("invert", is_deep=True)
    yield from (Case(f"posterize:{levels}") for levels in (2, 5, 255))


def _detail() -> Iterator[Case]:
    for sigma in (0.0001, 0.5, 2, 250):
        yield Case(f"blur:{sigma}", is_deep=True, may_join=sigma == 250)
    for unsharp in ("2", "250:amount=500", "1:amount=500:threshold=255", "0.3:threshold=3"):
        yield Case(f"unsharp:{unsharp}")
    yield from (Case(f"pixelate:{size}", may_join=size == 1024) for size in (2, 7, 1024))


def _shape() -> Iterator[Case]:
    yield from (Case(f"round:{radius}", gains="A") for radius in ("10", "5p", "max", "65535"))
    yield from (Case(f"mask:{shape}", gains="A", may_join=True) for shape in MASKS)
    yield Case("background:red", gains="C", loses="A", is_deep=True)
    yield Case("background:ffffff80", is_deep=True)
    yield Case("background:black", loses="A", is_deep=True)


def _overlay() -> Iterator[Case]:
    for more in ("", ":scale=0.5:opacity=0.3", ":repeat=1:margin=3", ":scale=1:margin=4096", ":position=nw"):
        yield Case(f"watermark:logo.png{more}", gains="C")
    yield from (Case(f"text:Hxg fi:size=9:font={font}") for font in FONTS)
    yield Case("text:Hello:size=1000:color=red", gains="C", may_join=True)
    yield Case("text:ab%0Acd:size=4:position=se:color=ff000080", gains="C")


def _ends() -> Iterator[Case]:
    yield from (Case(f"open:{which}", is_deep=True) for which in ("frame=0", "frames=1", "frames=65535"))
    for format_ in ("jpeg", "webp", "avif", "jp2", "jxl"):
        yield from (Case(f"encode:{format_}:quality={quality}") for quality in (1, 100, "auto"))
    yield from (Case(f"encode:{format_}:lossless=1") for format_ in ("webp", "jp2", "jxl"))
    yield from (Case(f"encode:{format_}:max_bytes=60000") for format_ in ("jpeg", "webp", "png", "gif", "avif"))
    yield Case("encode:jpeg:progressive=1")
    yield from (Case(f"encode:tiff:keep={keep}") for keep in KEEPS)
    yield from (Case(f"encode:gif:loop={loop}") for loop in (0, 65_535))
    yield Case("encode:auto")


STEPS = (*_geometry(), *_tone(), *_detail(), *_shape(), *_overlay())
ENDS = tuple(_ends())
