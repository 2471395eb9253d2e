"""What is written: format, quality, metadata."""

from __future__ import annotations

import dataclasses
from typing import Final, Literal

from shared.formats import ALL, BY_NAME
from shared.operation import Operation, operation, parameter
from shared.parameters import Choice, Integer, QualityKind, Switch

AUTO: Final = "auto"

KEEPS = ("none", "exif", "icc", "copyright", "all")
# An SVG is not written, but it can be asked for: it is what an SVG is served as.
_TARGETS = tuple(image_format for image_format in ALL if image_format.is_written or image_format.is_vector)
_FORMAT_WORDS = (AUTO, *(image_format.name for image_format in _TARGETS))
_FORMAT_ALIASES = {extension: target.name for target in _TARGETS for extension in target.extensions}


@operation("encode")
class Encode(Operation):
    """The result's format, quality and metadata. Without a format it is the source's."""

    format: str | None = parameter(
        Choice(_FORMAT_WORDS, _FORMAT_ALIASES),
        default=None,
        query="f format to",
        help="The format, or auto by Accept.",
    )
    quality: int | Literal["auto"] | None = parameter(
        QualityKind(),
        default=None,
        query="q quality",
        help="For lossy formats; each has a default of its own. auto: the lowest that still looks like the best.",
    )
    max_bytes: int | None = parameter(
        Integer(100, 1 << 30, "bytes"),
        default=None,
        query="max_bytes",
        help="The result has at most this many, at the best quality that fits.",
    )
    lossless: bool = parameter(
        Switch(), default=False, query="lossless", help="WebP, JXL and JPEG 2000 without loss."
    )
    progressive: bool = parameter(Switch(), default=False, query="progressive", help="JPEG in several scans.")
    keep: str = parameter(Choice(KEEPS), default="none", query="keep", help="Which metadata stays.")
    loop: int | None = parameter(
        Integer(0, 65_535), default=None, query="loop", help="How often an animation is shown; 0 is for ever."
    )

    def canonical(self) -> Operation | None:
        """Forget what the format cannot express."""
        kept = self
        target = BY_NAME.get(self.format or "")
        if target is not None:
            lossless = self.lossless and target.lossless_option
            kept = dataclasses.replace(
                self,
                quality=self.quality if target.lossy and not lossless else None,
                lossless=lossless,
                progressive=self.progressive and target.progressive_option,
                loop=self.loop if target.animated else None,
                keep=self.keep if target.exif or target.icc else "none",
            )
        return Operation.canonical(kept)
