"""Files of the formats that Pillow does not write, made by hand or by other libraries, and what to fill them with.

Nothing of our own code is used: readers and writers are held against these.
"""

from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt
import OpenEXR
from PIL import Image

Floats = npt.NDArray[np.float32]
_TUPLES = {"L": "GRAYSCALE", "LA": "GRAYSCALE_ALPHA", "RGB": "RGB", "RGBA": "RGB_ALPHA"}


def light_of(picture: Image.Image) -> Floats:
    """The picture's channels as light, by the formula of IEC 61966-2-1; colours are multiplied by alpha."""
    values = np.asarray(picture).astype(np.float64) / 255
    values = values[..., np.newaxis] if values.ndim == 2 else values
    light = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    if picture.mode.endswith("A"):
        light[..., -1] = values[..., -1]
        light[..., :-1] *= light[..., -1:]
    return light.astype(np.float32)


def sunset(size: tuple[int, int] = (64, 48)) -> Floats:
    """Light of three channels, from nearly none to two hundred times white."""
    width, height = size
    across, down = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    glow = 200 * np.exp(-(((across - 0.7) ** 2 + (down - 0.3) ** 2) * 60))
    return np.stack(
        [0.02 + across + glow, 0.01 + 0.5 * down + 0.8 * glow, 0.3 * (1 - down) + 0.4 * glow], 2
    ).astype("f4")


def noise16(channels: int, size: tuple[int, int] = (19, 13)) -> npt.NDArray[np.uint16]:
    """Sixteen bits of seeded noise, alpha never nought."""
    values = np.random.default_rng(channels).integers(0, 65_536, (size[1], size[0], channels), np.uint16)
    if channels in (2, 4):
        values[..., -1] |= 0x4000
    return values


def encoded(picture: Image.Image, name: str) -> bytes:
    """The picture as a file of ``hdr``, ``exr`` or ``pam``."""
    if name == "pam":
        return pam(np.asarray(picture.convert(picture.mode if picture.mode in _TUPLES else "RGB")), maximum=255)
    light = light_of(picture.convert(picture.mode if picture.mode in _TUPLES else "RGB"))
    if name == "hdr":
        return radiance(np.broadcast_to(light[..., : 3 if light.shape[2] > 2 else 1], (*light.shape[:2], 3)))
    names = {1: "Y", 2: "YA", 3: "RGB", 4: "RGBA"}[light.shape[2]]
    return openexr({channel: light[..., index] for index, channel in enumerate(names)})


def openexr(channels: dict[str, npt.NDArray[np.generic]], **header: object) -> bytes:
    """Channels as the OpenEXR library writes them."""
    settings = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage} | header
    planes = {name: np.ascontiguousarray(plane) for name, plane in channels.items()}
    file = io.BytesIO()
    with OpenEXR.File(settings, planes) as made:
        made.write(file)
    return file.getvalue()


def pam(values: npt.NDArray[np.generic], *, maximum: int, fields: str = "") -> bytes:
    """Samples as a PAM."""
    values = values[..., np.newaxis] if values.ndim == 2 else values
    height, width, channels = values.shape
    kind = {1: "GRAYSCALE", 2: "GRAYSCALE_ALPHA", 3: "RGB", 4: "RGB_ALPHA"}[channels]
    head = f"P7\n# made by hand\nWIDTH {width}\nHEIGHT {height}\nDEPTH {channels}\nMAXVAL {maximum}\n{fields}"
    return f"{head}TUPLTYPE {kind}\nENDHDR\n".encode() + values.astype(">u2" if maximum > 255 else "u1").tobytes()


def rgbe(light: Floats) -> bytes:
    """Pixels of four bytes, as Graphics Gems II tells to make them: mantissas are cut off, not rounded."""
    brightest = light.max(axis=2).astype(np.float64)
    mantissa, exponent = np.frexp(brightest)
    scale = np.divide(mantissa * 256, brightest, out=np.zeros_like(brightest), where=brightest > 1e-32)
    coded = np.empty((*brightest.shape, 4), np.uint8)
    coded[..., :3] = light * scale[..., np.newaxis]
    coded[..., 3] = np.where(brightest > 1e-32, exponent + 128, 0)
    return coded.tobytes()


def radiance(light: Floats, *, fields: str = "", resolution: str = "") -> bytes:
    """Light as a Radiance picture without run lengths."""
    height, width, _ = light.shape
    return _radiance_head(width, height, fields, resolution) + rgbe(light)


def radiance_in_runs(light: Floats) -> bytes:
    """Light as a Radiance picture whose lines are in run lengths, by channel."""
    height, width, _ = light.shape
    body = bytearray(_radiance_head(width, height))
    pixels = rgbe(light)
    for line in range(height):
        row = pixels[4 * width * line : 4 * width * (line + 1)]
        body += b"\2\2" + width.to_bytes(2, "big")
        for channel in range(4):
            body += _packed(row[channel::4])
    return bytes(body)


def radiance_with_repetitions(light: Floats) -> bytes:
    """Light as programs before 1991 wrote it: equal pixels are counted, in bytes, the lowest first."""
    height, width, _ = light.shape
    body, last, count = bytearray(_radiance_head(width, height)), b"", 0
    pixels = rgbe(light)
    for at in (*range(0, len(pixels), 4), len(pixels)):
        pixel = pixels[at : at + 4]
        if pixel == last:
            count += 1
            continue
        while count:
            body += bytes((1, 1, 1, count & 255))
            count >>= 8
        body += pixel
        last = pixel
    return bytes(body)


def _radiance_head(width: int, height: int, fields: str = "", resolution: str = "") -> bytes:
    place = resolution or f"-Y {height} +X {width}"
    return f"#?RADIANCE\n# made by hand\n{fields or 'FORMAT=32-bit_rle_rgbe'}\n\n{place}\n".encode()


def _packed(values: bytes) -> bytes:
    """Runs of four and more, and what lies between them."""
    packed, at, plain = bytearray(), 0, bytearray()
    while at < len(values):
        run = 1
        while at + run < len(values) and run < 127 and values[at + run] == values[at]:
            run += 1
        if plain and (run >= 4 or len(plain) == 128):
            packed += bytes((len(plain),)) + plain
            plain.clear()
        if run >= 4:
            packed += bytes((128 + run, values[at]))
            at += run
        else:
            plain.append(values[at])
            at += 1
    return bytes(packed + (bytes((len(plain),)) + plain if plain else b""))
