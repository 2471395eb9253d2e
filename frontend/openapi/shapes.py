"""What the API's JSON looks like: a model for each document that it tells of images with, and of errors.

Nothing is answered through these models. They give the document its schemas, and the tests hold to them what is
really said.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from frontend.api.images import NewImageBody

HASH = "SHA-256 of the bytes, in hexadecimal digits."
TIME: JsonDict = {"format": "date-time"}


class Shape(BaseModel):
    """A document in which there is nothing but what is declared."""

    model_config = ConfigDict(extra="forbid")


class Error(Shape):
    """The one shape of every error."""

    code: int = Field(ge=400, le=599, description="The status of the answer.")
    error: str = Field(pattern="^[a-z]+(_[a-z]+)*$", description="What went wrong, for programs.")
    message: str = Field(description="What went wrong, for people.")
    request_id: str = Field(description="As in `X-Request-ID`: by this the server's log knows the request.")
    filename: str | None = Field(None, description="Of a conflict: the image that is there already.")


class _Image(Shape):
    url: str = Field(description="The address of the image.")
    filename: str
    format: str = Field(description="By the name that the query takes: `jpeg`, `png`, …")
    width: int = Field(ge=1, description="In pixels.")
    height: int = Field(ge=1, description="In pixels.")
    size_bytes: int = Field(ge=0)
    hash: str = Field(pattern="^[0-9a-f]{64}$", description=HASH)
    tags: list[str] = Field(description="Sorted.")
    frames: int = Field(ge=1, description="Frames of an animation, or pages.")
    has_alpha: bool = Field(description="Something in it is less than opaque.")
    private: bool = Field(description="Shown to holders of a key only.")
    original_id: int | None = Field(description="Of a variant: its original; null for originals.")
    last_accessed: str | None = Field(json_schema_extra=TIME)
    blurhash: str | None
    thumbhash: str | None = Field(description="In base64.")
    dominant_color: str | None = Field(description="As `#rrggbb`.")


class ImageRecord(_Image):
    """What the library knows of an image. Times are RFC 3339, in UTC."""

    id: int
    created_at: str = Field(json_schema_extra=TIME)
    modified_at: str = Field(json_schema_extra=TIME, description="When its tags changed last.")
    access_count: int = Field(ge=0)


class Place(Shape):
    """Where a picture was taken, in degrees, north and east positive."""

    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)


class PaletteColor(Shape):
    """One of the few colours that a picture is made of."""

    hex: str = Field(pattern="^#[0-9a-f]{6}$", description="As `#rrggbb`.")
    share: float = Field(ge=0, le=1, description="Of the pixels that are seen; the rest is of other colours.")


class ImageInfo(_Image):
    """All that is known of an image; of a file in the folder of images some things are not known, and null."""

    id: int | None
    created_at: str | None = Field(json_schema_extra=TIME)
    modified_at: str = Field(json_schema_extra=TIME)
    access_count: int | None = Field(ge=0)
    mode: str = Field(description="How pixels are stored, by Pillow's name for it, or `vector`.")
    bit_depth: Literal[1, 8, 16, 32] | None = Field(
        description="Bits of a channel; 32 are light in floating point."
    )
    exif: dict[str, str] = Field(description="What camera and author wrote, never where.")
    colors: list[str] = Field(max_length=6, description="Those of the palette, as `#rrggbb`.")
    palette: list[PaletteColor] = Field(max_length=6, description="The most seen first.")
    phash: str | None = Field(
        pattern="^[0-9a-f]{16}$",
        description="64 bits that hardly change when a picture is scaled or coded anew: of its copies at most 10 "
        "differ, of other pictures mostly more than 20.",
    )
    icc_name: str | None = Field(description="The name of its colour profile.")
    duration_ms: int | None = Field(description="How long an animation takes once.")
    gps: Place | None = Field(None, description="For holders of a key only.")


class ImageList(Shape):
    """One page of a list."""

    images: list[ImageRecord]
    next_cursor: str | None = Field(description="Asks for the next page; null on the last.")


class _Added(Shape):
    hash: str = Field(pattern="^[0-9a-f]{64}$", description=HASH)
    filename: str
    url: str
    tags: list[str]


class AddedImage(_Added):
    """An image that was added."""

    message: str


class _Item(Shape):
    index: int = Field(ge=0, description="Its place in the request; the first is 0.")
    path: str | None = Field(None, description="As it was given to `POST /images`.")
    file: str | None = Field(None, description="As it was called in `POST /upload`.")


class BatchResult(_Added, _Item):
    """An image of a batch that was added."""


class BatchError(_Item):
    """An image of a batch that was not, and why."""

    code: int = Field(ge=400, le=599)
    error: str
    message: str
    filename: str | None = Field(None, description="The image that is there already.")


class AddedBatch(Shape):
    """What became of each image: one that is refused does not keep the others out."""

    message: str
    total: int = Field(ge=0)
    successful: int = Field(ge=0)
    failed: int = Field(ge=0)
    results: list[BatchResult]
    errors: list[BatchError]


class NewImageBatch(Shape):
    """Several images at once."""

    images: list[NewImageBody] = Field(min_length=1, description="At most `--max-batch-size` of them.")


class DeletedImage(Shape):
    """An image that was deleted."""

    message: str
    filename: str
    hash: str = Field(pattern="^[0-9a-f]{64}$", description=HASH)


class PurgedImage(Shape):
    """An image whose variants were dropped."""

    message: str
    filename: str
    variants: int = Field(ge=0, description="How many lay on disk.")


class PurgedTag(Shape):
    """A tag, and what was dropped of the images that have it."""

    message: str
    tag: str
    images: int = Field(ge=0)
    variants: int = Field(ge=0, description="How many lay on disk.")


class DrawError(Shape):
    """Why there are fewer images than were asked for."""

    code: int
    error: str
    message: str


class RandomImages(Shape):
    """Images drawn by chance, none twice."""

    images: list[ImageRecord]
    total: int = Field(ge=1, description="How many were asked for.")
    successful: int = Field(ge=0)
    failed: int = Field(ge=0)
    errors: list[DrawError]


class Tag(Shape):
    """A tag."""

    name: str
    count: int = Field(ge=1, description="How many images have it.")


class TagList(Shape):
    """All tags."""

    tags: list[Tag]
    total_tags: int = Field(ge=0)
