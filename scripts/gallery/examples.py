"""What the gallery shows: for each operation some queries, and what there is to be seen in their pictures."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from scripts.gallery.sources import Source

_USUAL = "w=240&f=avif"
_FILE_NAME_CHARS = 90


@dataclass(frozen=True, slots=True)
class Example:
    """A query of which ``told`` is what matters, and ``rest`` what makes a small picture of it.

    ``source`` is one of ``sources.sources``.
    """

    told: str
    about: str
    source: str = "photo"
    rest: str = _USUAL

    @property
    def query(self) -> str:
        """All of it."""
        return "&".join(part for part in (self.told, self.rest) if part)

    @property
    def file(self) -> str:
        """The name of its picture: what matters in the query, without what file systems mind, and the format."""
        told = f"{self.source} {self.told or 'as it is'}".lower().replace("=-", " minus ")
        stem = re.sub(r"[^a-z0-9.]+", "-", told)[:_FILE_NAME_CHARS].strip("-.")
        return f"{stem}.{self.format}"

    @property
    def format(self) -> str:
        """The picture's."""
        found = re.search(r"(?:^|&)f=([a-z]+)|encode:([a-z]+)", self.query)
        return (found[1] or found[2]) if found else ""

    def path(self, sources: Mapping[str, Source]) -> str:
        """The address that the server is asked for, up to the query."""
        return f"/images/{quote(sources[self.source].name)}"


def _each(told: str, values: Mapping[str, str], *, source: str = "photo", rest: str = _USUAL) -> list[Example]:
    return [Example(told.format(value), about, source, rest) for value, about in values.items()]


_PIXELS = "crop=45p,25p,4p,2p&w=240&f=avif"
_SQUARE = "w=200&h=200&fit=cover&g=fp:0.5:0.3&f=avif"
_MARK = "wm=bloom.png&wm_scale=0.3"
_BOX = "w=240&h=150&f=avif"

EXAMPLES: Mapping[str, Sequence[Example]] = {
    "sources": [
        Example("", "A photo, turned upright by what its camera wrote."),
        Example("", "A wider one.", "wide"),
        Example("", "A drawing upon nothing.", "flower"),
        Example("frame=0", "An animation, of which this is the first frame.", "planets"),
    ],
    "open": [
        Example("frame=7", "A frame of an animation, alone.", "planets", "w=160&f=avif"),
        Example("frame=14", "A later frame.", "planets", "w=160&f=avif"),
        Example("frames=5", "The first five frames, still moving.", "planets", "w=160&f=webp"),
    ],
    "trim": [
        Example("", "As it is, with its mat.", "matted"),
        Example("trim=20", "Without the mat, whose paper is not quite of one colour.", "matted"),
    ],
    "crop": [
        Example("crop=10p,15p,75p,50p", "Cut out, in percent."),
        Example("crop=300,300,480,480", "Cut out, in pixels of the original."),
    ],
    "resize": [
        Example("w=120", "The width is given, the height follows.", rest="f=avif"),
        Example("h=120", "The height is given, the width follows.", rest="f=avif"),
        Example("w=15p", "In percent.", rest="f=avif"),
        Example("w=120&dpr=2", "For a screen with two pixels to each.", rest="f=avif"),
        *_each(
            "fit={}",
            {
                "contain": "As large as fits into the box.",
                "inside": "The same, but never enlarged.",
                "cover": "Fills the box and is cropped.",
                "outside": "Covers the box and is not cropped.",
                "fill": "Stretched to the box.",
                "pad&bg=e5ddd0": "Contained, and padded to the box.",
            },
            rest=_BOX,
        ),
        *_each(
            "fit=cover&g={}",
            {
                "n": "The upper part stays.",
                "center": "The middle stays.",
                "s": "The lower part stays.",
                "fp:0.6:0.15": "What lies around a point stays.",
                "face": "Where there is a face, it stays.",
            },
            rest="w=240&h=120&f=avif",
        ),
        *_each(
            "fit=cover&g={}",
            {
                "w": "The left part stays.",
                "e": "The right part stays.",
                "smart": "What draws the eye stays.",
                "entropy": "Where there is most to be seen stays.",
            },
            source="wide",
            rest="w=120&h=160&f=avif",
        ),
        *_each(
            "resfilter={}",
            {
                "nearest": "Enlarged: pixels stay squares.",
                "triangle": "Enlarged: soft.",
                "catmullrom": "Enlarged: crisp.",
                "gaussian": "Enlarged: the softest.",
                "lanczos": "Enlarged: the crispest.",
                "optimal": "Enlarged: as the scale asks for.",
            },
            rest=_PIXELS,
        ),
    ],
    "pad": [
        Example("pad=16&bg=1b2a41", "A dark border all round."),
        Example("pad=12,12,48&bg=f4ecd8", "As on an instant photograph."),
    ],
    "rotate": [
        Example("rotate=90", "A quarter turn to the right."),
        Example("rotate=-8", "A little to the left; the corners are transparent."),
        Example("rotate=15&bg=96441a", "To the right; the corners have a colour."),
    ],
    "flip": _each("flip={}", {"h": "Left is right.", "v": "Up is down.", "hv": "Both."}, rest="w=180&f=avif"),
    "autocontrast": [
        Example("", "As it is, in haze.", "hazy"),
        Example("autocontrast", "From black to white.", "hazy"),
        Example("autocontrast=5", "Five percent at each end do not count.", "hazy"),
    ],
    "equalize": [
        Example("equalize", "Each brightness as frequent as any other.", "hazy"),
        Example("equalize", "The same of a picture without haze."),
    ],
    "brightness": _each("brightness={}", {"-60": "Darker.", "60": "Lighter."}),
    "contrast": _each("contrast={}", {"-50": "Less contrast.", "50": "More contrast."}),
    "saturation": _each("saturation={}", {"-70": "Pale.", "80": "Gaudy."}),
    "hue": _each("hue={}", {"60": "Hues turned by a sixth.", "180": "Every hue is the opposite one."}),
    "gamma": _each("gamma={}", {"0.5": "Middle tones darker.", "2": "Middle tones lighter."}),
    "grayscale": [Example("grayscale", "In greys.")],
    "sepia": [Example("sepia", "Like an old photograph."), Example("sepia=50", "Half of that.")],
    "tint": _each("tint={}", {"2f6f6a": "All of it in sea green.", "a04070": "All of it in raspberry."}),
    "duotone": _each(
        "duotone={}",
        {"222266,ffcc88": "Shadows in night blue, lights in apricot.", "0b3d2e,f7e9c4": "Fir green and cream."},
    ),
    "invert": [Example("invert", "The negative.")],
    "posterize": _each("posterize={}", {"2": "Two levels of each channel.", "4": "Four levels."}),
    "blur": _each("blur={}", {"2": "A little blurred.", "10": "Hardly to be recognised."}),
    "unsharp": [
        Example("sharpen=1", "A little sharper."),
        Example("sharpen=3&unsharp_amount=300", "Far too sharp."),
        Example("sharpen=3&unsharp_amount=300&unsharp_threshold=24", "Only where edges are strong."),
    ],
    "pixelate": _each("pixelate={}", {"6": "In small squares.", "20": "In large squares."}),
    "round": [
        Example("round=24", "Round corners."),
        Example("round=max", "As round as can be."),
        Example("round=20p&bg=96441a", "The corners have a colour.", rest="w=240&f=avif"),
    ],
    "mask": [
        *_each(
            "mask={}",
            {
                "circle": "A circle.",
                "ellipse": "An ellipse.",
                "triangle": "A triangle.",
                "diamond": "A diamond.",
                "hexagon": "A hexagon.",
                "star": "A star.",
                "heart": "A heart.",
            },
            rest=_SQUARE,
        ),
        Example("mask=heart&bg=f7d6d0", "A heart upon a colour.", rest=_SQUARE),
    ],
    "watermark": [
        *_each(
            f"{_MARK}&wm_pos={{}}",
            {
                "nw": "At the top left.",
                "n": "At the top.",
                "ne": "At the top right.",
                "w": "On the left.",
                "center": "In the middle.",
                "e": "On the right.",
                "sw": "At the bottom left.",
                "s": "At the bottom.",
                "se": "At the bottom right.",
            },
            source="wide",
            rest="w=160&f=avif",
        ),
        Example("wm=bloom.png&wm_scale=0.8&wm_opacity=0.4&wm_pos=center", "Large, and hardly there."),
        Example("wm=bloom.png&wm_scale=0.2&wm_margin=12&wm_repeat", "All over."),
    ],
    "text": [
        Example("text=Up%20and%20away&text_size=24", "A line of text."),
        Example("text=Up%20and%0Aaway&text_pos=n&text_size=40", "Two lines, larger, at the top."),
        *_each(
            "text=Quicksilver&text_font={}&text_size=28&text_pos=center",
            {"sans": "Sans serif.", "sans-bold": "Bold.", "serif": "With serifs.", "mono": "All of one width."},
            source="wide",
            rest="w=240&h=100&fit=cover&f=avif",
        ),
        Example(
            "text=%C2%A9%20tintype&text_pos=se&text_size=14&text_color=ffffffb0", "A note in a corner.", "wide"
        ),
    ],
    "background": [
        Example("", "As it is: nothing lies behind it.", "flower"),
        Example("bg=ffe4c4", "Upon bisque.", "flower"),
        Example("bg=midnightblue", "Upon a colour by its name.", "flower"),
    ],
    "encode": [
        *_each(
            "{}",
            {
                "f=jpeg&q=10": "JPEG, small and ugly.",
                "f=jpeg&q=60": "JPEG, middling.",
                "f=jpeg&q=auto": "JPEG, as low as nobody sees.",
                "f=webp": "WebP.",
                "f=avif": "AVIF.",
                "f=avif&max_bytes=2500": "AVIF of at most 2500 bytes.",
            },
            rest="w=200",
        ),
        Example("f=webp&lossless", "WebP without loss.", rest="w=64"),
        Example("f=png", "PNG.", rest="w=64"),
        Example("f=gif", "GIF.", rest="w=100"),
        Example("f=bmp", "BMP.", rest="w=48"),
        Example("f=ico", "An icon.", rest="w=48"),
        Example("f=webp", "An animation stays one.", "planets", "w=64"),
    ],
    "together": [
        Example("w=180&h=180&fit=cover&g=n&round=max", "For a profile.", rest="f=avif"),
        Example("duotone=222266,ffcc88&text=Tonight&text_size=44&text_font=serif&text_pos=n", "A poster."),
        Example("saturation=-40&sepia=60&pad=14&bg=fff8ec", "A print that has lain in the sun."),
        Example(
            "ops=resize:240;pixelate:10;text:Later:size=40;rotate:-6;encode:avif",
            "In an order of one's own.",
            rest="",
        ),
    ],
}
"""By operation. ``sources`` shows what the others are made from, ``together`` several operations at once."""
