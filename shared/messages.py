"""What front end and worker say to each other. Bytes and frames are the business of ``shared/wire.py``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from shared.errors import REPORTABLE, ServiceError
from shared.limits import Limits

PROTOCOL_VERSION = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello:
    """Worker to front end, once: who I am and what I can do."""

    type: ClassVar[str] = "hello"
    pid: int
    versions: dict[str, str]
    """Of all that has a say in which bytes come out, plug-ins too, by name: others may make other bytes."""
    decodes: tuple[str, ...]
    encodes: tuple[str, ...]
    modules: tuple[str, ...]
    protocol: int = PROTOCOL_VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class FileStamp:
    """What tells one version of a file from the next; times are in nanoseconds since the epoch."""

    size_bytes: int
    mtime_ns: int
    inode: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a job's image comes from: a file, together with the version that was looked up, or bytes."""

    path: str | None = None
    stamp: FileStamp | None = None
    data: bytes | None = None
    extension: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Front end to worker: do this to that image, within these limits and this many seconds.

    ``overlays`` are the images that the plan lays upon it, by the names that the plan knows them by.
    """

    type: ClassVar[str] = "job"
    job_id: int
    source: Source
    plan: str
    overlays: dict[str, Source] = field(default_factory=dict)
    limits: Limits
    deadline_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Worker to front end: the image that was made. Times are in milliseconds, by stage."""

    type: ClassVar[str] = "result"
    job_id: int
    format: str
    width: int
    height: int
    frames: int
    has_alpha: bool
    body: bytes
    timings_ms: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspect:
    """Front end to worker: decode all of that image and tell what it is, within these limits and seconds."""

    type: ClassVar[str] = "inspect"
    job_id: int
    source: Source
    limits: Limits
    deadline_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Swatch:
    """One of the few colours that a picture is made of, and its share of the pixels that are seen."""

    color: str
    """As ``#rrggbb``."""
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """Worker to front end: the image is whole, and this is what is known of it. Times are by stage.

    ``blurhash``, ``thumbhash`` (in base64), ``phash`` (in hexadecimal digits) and ``palette`` (most seen first,
    none for an image that is wholly transparent) describe its first frame as it is shown: upright, in sRGB. Of a
    vector there are none.
    """

    type: ClassVar[str] = "inspection"
    job_id: int
    format: str
    width: int
    height: int
    frames: int
    """Frames of an animation, or pages."""
    has_alpha: bool
    """Something really is less than opaque, in any of the frames."""
    mode: str
    """Pillow's name for how the pixels are stored, or ``vector``."""
    bit_depth: int | None
    """Bits of each channel as they are read; None for a vector."""
    blurhash: str | None
    thumbhash: str | None
    phash: str | None
    palette: tuple[Swatch, ...]
    exif: dict[str, str]
    """What camera and author wrote, ready to be shown, but never where: those that are there of ``camera_make``,
    ``camera_model``, ``lens``, ``taken_at``, ``exposure``, ``aperture``, ``iso``, ``focal_length``, ``artist``,
    ``copyright`` and ``description``."""
    latitude: float | None
    longitude: float | None
    """In degrees, north and east positive; never one without the other. Not for everybody's eyes."""
    icc_name: str | None
    duration_ms: int | None
    """How long an animation takes once; None for what does not move."""
    timings_ms: dict[str, float] = field(default_factory=dict)

    @property
    def colors(self) -> tuple[str, ...]:
        """The colours of the palette."""
        return tuple(swatch.color for swatch in self.palette)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Worker to front end: the job ended in the ``ServiceError`` whose slug is ``error``.

    ``message`` may be shown to the client, ``detail`` only to the log. ``is_images_fault`` says that another
    worker would fare no better, ``is_last`` that this one leaves now: its memory is not trusted to be whole.
    """

    type: ClassVar[str] = "failure"
    job_id: int
    error: str
    message: str
    detail: str
    is_images_fault: bool
    is_last: bool = False

    @classmethod
    def of(cls, error: ServiceError, *, job_id: int, is_last: bool = False) -> Failure:
        """Report ``error``, as the nearest class that the front end knows: modules may derive their own."""
        kind = next(
            known
            for known in type(error).__mro__
            if issubclass(known, ServiceError) and known in REPORTABLE.values()
        )
        return cls(
            job_id=job_id,
            error=kind.slug,
            message=error.message,
            detail=str(error),
            is_images_fault=kind is not ServiceError,
            is_last=is_last,
        )

    def as_error(self) -> ServiceError:
        """The error that was reported, to be raised where the job was wanted."""
        kind = REPORTABLE.get(self.error, ServiceError)
        return kind(self.message if kind.speaks_to_client else self.detail)


Request = Job | Inspect
Answer = Result | Inspection | Failure
Message = Hello | Request | Answer
