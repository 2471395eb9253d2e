"""ICC profiles made in code, for pictures whose colours are not sRGB's.

Layout: ICC.1:2001-04 (version 2), sections 6.1 (header), 6.2 (tag table) and 6.5 (types).
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

_D50 = (0.9642, 1.0, 0.8249)

# Colorants of the primaries, adapted to D50.
_ADOBE_RGB = {
    "rXYZ": (0.60974, 0.31111, 0.01947),
    "gXYZ": (0.20528, 0.62567, 0.06087),
    "bXYZ": (0.14919, 0.06322, 0.74457),
}
_DISPLAY_P3 = {
    "rXYZ": (0.51512, 0.24120, -0.00105),
    "gXYZ": (0.29198, 0.69225, 0.04189),
    "bXYZ": (0.15710, 0.06657, 0.78407),
}


def adobe_rgb() -> bytes:
    """Wider greens than sRGB's, gamma 2.2."""
    return _matrix(_ADOBE_RGB, gamma=2.19921875)


def display_p3() -> bytes:
    """What phones take pictures in; here with a plain gamma."""
    return _matrix(_DISPLAY_P3, gamma=2.2)


def grey(gamma: float = 1.8) -> bytes:
    """One channel of grey, of that gamma."""
    return _profile(b"GRAY", b"XYZ ", {"wtpt": _xyz(_D50), "kTRC": _gamma(gamma)})


def press() -> bytes:
    """Four inks: a table whose corners are paper, the inks and what they make together."""
    corners = b"".join(_lab_of_inks(index) for index in range(16))
    identity = bytes(range(256))
    matrix = struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 16)
    to_lab = b"mft1" + bytes(4) + bytes((4, 3, 2, 0)) + matrix + identity * 4 + corners + identity * 3
    # The way back, which tells how deep the press's black is: no ink for light, all of it for dark.
    inks = b"\xff" * 16 + bytes(16)
    to_inks = b"mft1" + bytes(4) + bytes((3, 4, 2, 0)) + matrix + identity * 3 + inks + identity * 4
    tags = {"A2B0": to_lab, "A2B1": to_lab, "B2A0": to_inks, "B2A1": to_inks}
    return _profile(b"CMYK", b"Lab ", {"wtpt": _xyz(_D50)} | tags, kind=b"prtr")


def _lab_of_inks(index: int) -> bytes:
    """The colour of one corner, cyan in the highest bit: clean colours, and a black that is none too deep."""
    cyan, magenta, yellow, black = ((index >> bit) & 1 for bit in (3, 2, 1, 0))
    light = max(14, 100 - 38 * cyan - 48 * magenta - 8 * yellow - 85 * black)
    a = (-35 * cyan + 74 * magenta - 5 * yellow) * (1 - black)
    b = (-50 * cyan - 5 * magenta + 92 * yellow) * (1 - black)
    return bytes((round(light * 2.55), min(255, max(0, a + 128)), min(255, max(0, b + 128))))


def _matrix(colorants: Mapping[str, tuple[float, float, float]], *, gamma: float) -> bytes:
    tags = {name: _xyz(value) for name, value in colorants.items()}
    curves = {name: _gamma(gamma) for name in ("rTRC", "gTRC", "bTRC")}
    return _profile(b"RGB ", b"XYZ ", {"wtpt": _xyz(_D50)} | tags | curves)


def _profile(space: bytes, connection: bytes, tags: Mapping[str, bytes], *, kind: bytes = b"mntr") -> bytes:
    tags = {"desc": _description(b"made in code"), "cprt": b"text\0\0\0\0none\0"} | dict(tags)
    table, bodies = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for name, body in tags.items():
        table += name.encode() + struct.pack(">II", start + len(bodies), len(body))
        bodies += body + bytes(-len(body) % 4)
    header = struct.pack(">I4sI4s4s4s", start + len(bodies), b"none", 0x02400000, kind, space, connection)
    header += struct.pack(">6H", 2020, 1, 1, 0, 0, 0) + b"acsp" + bytes(28)
    header += struct.pack(">3i", *(round(value * 65_536) for value in _D50))
    return header.ljust(128, b"\0") + table + bodies


def _xyz(value: tuple[float, float, float]) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(part * 65_536) for part in value))


def _gamma(gamma: float) -> bytes:
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256))


def _description(text: bytes) -> bytes:
    return b"desc\0\0\0\0" + struct.pack(">I", len(text) + 1) + text + b"\0" + bytes(78)
