"""What this worker is and can do, for its ``Hello``: versions, formats, modules."""

from __future__ import annotations

import os
from importlib.metadata import version

from PIL import __version__ as pillow_version
from PIL import features

from shared.formats import ALL
from shared.messages import Hello
from shared.plugins import load_plugins
from workers import codecs as codecs  # registers the formats
from workers import extras, plugins
from workers import modules as modules  # registers the modules
from workers.registry import MODULES

# Everything that has a say in which bytes come out.
_CODECS = (
    "libjpeg_turbo", "jpg_2000", "zlib", "libtiff", "webp", "avif", "littlecms2",
    "freetype2", "raqm", "harfbuzz", "fribidi",
)  # fmt: skip
_PACKAGES = ("numpy", "openexr")

_PLUGINS = plugins.register(load_plugins())


def hello() -> Hello:
    """Introduce this process; Pillow's plug-ins and the modules are loaded by now."""
    found = {name: features.version(name) for name in _CODECS}
    versions = {name: known for name, known in found.items() if known}
    return Hello(
        pid=os.getpid(),
        versions={
            "pillow": pillow_version,
            **versions,
            **{name: version(name) for name in _PACKAGES},
            **dict(extras.versions()),
            **_PLUGINS,
        },
        decodes=tuple(known.name for known in ALL if extras.is_available(known) and not known.is_vector),
        encodes=tuple(known.name for known in ALL if extras.is_available(known) and known.is_written),
        modules=tuple(sorted(kind.name for kind in MODULES)),
    )
