"""Where in an address the name of an image ends: names may have slashes, and never end in a word of ours."""

from __future__ import annotations

from werkzeug.routing import BaseConverter

from frontend.library.names import LAST_SEGMENTS


class ImageName(BaseConverter):
    """Takes ``cats/a.png``, and not ``cats/a.png/tags``: that is an address of its own."""

    part_isolating = False
    regex = "[^/].*" + "".join(f"(?<!/{word})" for word in sorted(LAST_SEGMENTS))
