"""Registers the readers of formats that need an extra, where it is installed."""

from __future__ import annotations

from PIL import Image

from shared.formats import HEIC, JXL
from workers.extras import is_available
from workers.heif import HeifFile
from workers.jpeg_xl import JpegXlFile
from workers.qoi import QoiFile


def register() -> None:
    """Make Pillow open these formats; of QOI, its own reader in Python is replaced."""
    kinds = [*((JpegXlFile, QoiFile) if is_available(JXL) else ()), *((HeifFile,) if is_available(HEIC) else ())]
    for kind in kinds:
        Image.register_open(kind.format, kind, kind.accepts)
