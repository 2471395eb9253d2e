"""Files of several pages, made in code."""

from __future__ import annotations

import io

from tests import pictures


def pages(name: str, *sizes: tuple[int, int]) -> bytes:
    """A document (``TIFF``) or several photographs in one file (``MPO``), of these sizes."""
    first, *others = (pictures.gradients("RGB", size) for size in sizes)
    file = io.BytesIO()
    first.save(file, name, save_all=True, append_images=others)
    return file.getvalue()
