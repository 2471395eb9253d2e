"""What this worker is and can do, for its ``Hello``: versions, formats, modules."""

from __future__ import annotations

import os

from PIL import Image, features
from PIL import __version__ as pillow_version

from shared.formats import ALL
from shared.messages import Hello
from shared.plugins import load_plugins
from workers import codecs as codecs  # registers the formats
from workers import modules as modules  # registers the modules
from workers import plugins
from workers.encoding_deep import WRITERS
from workers.registry import MODULES

# Everything that has a say in which bytes come out.
_CODECS = ("libjpeg_turbo", "jpg_2000", "zlib", "libtiff", "webp", "avif", "littlecms2")

_PLUGINS = plugins.register(load_plugins())


def hello() -> Hello:
    """Introduce this process; Pillow's plug-ins and the modules are loaded by now."""
    found = {name: features.version(name) for name in _CODECS}
    versions = {name: version for name, version in found.items() if version}
    return Hello(
        pid=os.getpid(),
        versions={"pillow": pillow_version, **versions, **_PLUGINS},
        decodes=tuple(known.name for known in ALL if known.pillow[0] in Image.OPEN),
        encodes=tuple(known.name for known in ALL if known.pillow[0] in Image.SAVE or known in WRITERS),
        modules=tuple(sorted(kind.name for kind in MODULES)),
    )
