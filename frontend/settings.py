"""Every setting, declared once: type, default, range, sentence.

A component is handed its own section (``def __init__(self, settings: PoolSettings)``);
``Settings`` is all of them. How a setting is spelled is in ``frontend/settings_spelling.py``,
where values come from in ``frontend/settings_sources.py``; neither repeats anything from here.

A field's name ends in its unit. Where a default is no round number by custom, its reason
stands beside it.
"""

import ipaddress
import os
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from frontend.settings_spelling import Spelling
from frontend.settings_values import AnyCase, Bytes, Folder, Key, Seconds, SigningKeys, Texts
from shared.limits import Limits

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30
HOUR_S, DAY_S, YEAR_S = 3600, 86_400, 365 * 86_400

CONFLICT = "settings_conflict"

TransformMode = Literal["open", "signed", "presets"]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


def _conflict(sentence: str, *fields: str) -> PydanticCustomError:
    """Make the error for settings that are each right and do not go together."""
    return PydanticCustomError(CONFLICT, "{sentence}", {"sentence": sentence, "fields": fields})


class ServerSettings(_Section):
    """Where the server listens, and what it bears from its clients."""

    host: Annotated[
        str, Spelling(variable="HOST", allowed="a host name or an IP address, without brackets or port")
    ] = Field(
        "127.0.0.1",
        pattern=r"^[0-9A-Za-z.:%_-]{1,255}$",
        description="Address to listen on; `0.0.0.0` or `::` takes connections from everywhere.",
    )
    port: Annotated[int, Spelling(variable="PORT")] = Field(
        8000, ge=0, le=65_535, description="TCP port to listen on; 0 takes any free one."
    )
    base_url: Annotated[
        str | None,
        Spelling(variable="BASE_URL", allowed="an http or https URL, without a slash at the end"),
    ] = Field(
        None,
        pattern=r"^https?://[^/?#@\s\\]+(/[^/?#\s\\]+)*$",
        max_length=1024,
        description="What clients call this server, where it tells them addresses; else as they have called it.",
    )
    cert_path: Folder | None = Field(
        None,
        description="Folder with `cert.pem` and `key.pem`; without it a self-signed pair is made and kept.",
    )
    tls_min: Annotated[Literal["1.2", "1.3"], AnyCase] = Field(
        "1.3", description="Oldest version of TLS that is spoken."
    )
    insecure_http: bool = Field(
        False,
        description="Speak plain HTTP, for a proxy on this machine that ends TLS; only on a loopback host.",
    )
    # A process may customarily open 1024 files: this leaves the rest to workers, images and the database.
    max_connections: int = Field(900, ge=1, le=100_000, description="Connections open at the same time.")
    # What nginx has: an idle connection is closed earlier when a new one needs its place.
    keep_alive_s: Seconds = Field(
        75.0, ge=1, le=HOUR_S, description="An idle connection is closed after this time."
    )
    handshake_timeout_s: Seconds = Field(
        10.0, ge=0.1, le=60, description="Longest time a client may take for the TLS handshake."
    )
    write_timeout_s: Seconds = Field(
        20.0, ge=0.1, le=600, description="Longest time a client may leave a piece of an answer unread."
    )
    grace_s: Seconds = Field(
        30.0, ge=0, le=HOUR_S, description="Time for running requests to finish after SIGTERM."
    )
    # What nginx and the larger CDNs take by default; a plan of 32 operations needs half of it.
    max_url_bytes: Bytes = Field(8 * KIB, ge=KIB, le=64 * KIB, description="Longest URL that is read.")

    @model_validator(mode="after")
    def _plain_http_stays_on_this_machine(self) -> "ServerSettings":
        if self.insecure_http and not _is_loopback(self.host):
            raise _conflict(
                "plain HTTP is spoken only on a loopback host: 127.0.0.1, ::1 or localhost",
                "insecure_http",
                "host",
            )
        return self


class StorageSettings(_Section):
    """Where images come from and what the server keeps lie on disk."""

    images_path: Annotated[Folder, Spelling(variable="IMAGES_PATH")] = Field(
        Path("images"), description="Folder whose images are served as they lie there; only read."
    )
    data_path: Folder = Field(
        Path("data"), description="Folder for all that the server owns and keeps; made if missing."
    )

    @model_validator(mode="after")
    def _kept_data_is_not_served(self) -> "StorageSettings":
        # Private originals are kept in there, and a drop-in image is anyone's to see.
        if Path(os.path.realpath(self.data_path)).is_relative_to(os.path.realpath(self.images_path)):
            raise _conflict(
                "the data folder may not lie in the folder of images, for what lies there is served",
                "data_path",
                "images_path",
            )
        return self


def _count_cpus() -> int:
    """Count the CPUs this process may run on: a container's share, not the machine's."""
    return min(len(os.sched_getaffinity(0)), 256)


def _size_queue(fields: dict[str, Any]) -> int:
    workers: int = fields["workers"]
    return 64 * workers


class PoolSettings(_Section):
    """How many workers run, what each may use, and how much may wait for them."""

    workers: Annotated[int, Spelling(default="number of CPUs")] = Field(
        default_factory=_count_cpus, ge=1, le=256, description="Worker processes."
    )
    worker_memory_bytes: Annotated[Bytes, Spelling(key="worker_memory")] = Field(
        GIB, ge=256 * MIB, le=1024 * GIB, description="Address space of one worker."
    )
    worker_max_jobs: int = Field(
        10_000, ge=1, le=1_000_000_000, description="Jobs after which a worker is replaced by a fresh one."
    )
    job_timeout_s: Seconds = Field(
        10.0, ge=0.1, le=600, description="Longest time of one job; then its worker is killed and replaced."
    )
    queue_size: Annotated[int, Spelling(default="64 × workers")] = Field(
        default_factory=_size_queue,
        ge=1,
        le=1_000_000,
        description="Jobs that may wait for a worker; further ones are refused at once.",
    )
    queue_timeout_s: Seconds = Field(30.0, ge=0.1, le=600, description="Longest time a job may wait for a worker.")
    quarantine_s: Seconds = Field(
        300.0, ge=0, le=DAY_S, description="Time for which an image that killed two workers is refused."
    )


class LimitSettings(_Section):
    """What an image and a plan may ask of a worker."""

    max_pixels: int = Field(
        50_000_000, ge=1, le=100_000_000_000, description="Pixels of a source: width × height × frames."
    )
    max_frames: int = Field(256, ge=1, le=100_000, description="Frames of an animation.")
    max_bytes: Bytes = Field(64 * MIB, ge=KIB, le=64 * GIB, description="Bytes of a source or an upload.")
    max_side: int = Field(8192, ge=1, le=65_535, description="Width and height of a result, in pixels.")
    max_ops: int = Field(32, ge=1, le=1024, description="Operations in one plan.")

    @property
    def limits(self) -> Limits:
        """What every job carries of this."""
        return Limits(
            max_pixels=self.max_pixels,
            max_frames=self.max_frames,
            max_bytes=self.max_bytes,
            max_side=self.max_side,
            max_ops=self.max_ops,
        )


class CacheSettings(_Section):
    """How much of what was made is kept, in memory and on disk."""

    cache_capacity: Annotated[int, Spelling(variable="CACHE_SIZE")] = Field(
        10_000, ge=0, le=100_000_000, description="Variants kept in memory; 0 keeps none."
    )
    cache_bytes: Bytes = Field(
        256 * MIB, ge=0, le=1024 * GIB, description="Bytes of variants kept in memory; 0 keeps none."
    )
    cache_ttl_s: Annotated[Seconds, Spelling(variable="CACHE_TTL_SECS")] = Field(
        86_400.0, ge=0, le=YEAR_S, description="Longest time a variant is kept in memory; 0 sets no limit."
    )
    ephemeral_bytes: Bytes = Field(
        10 * GIB, ge=0, le=1024 * 1024 * GIB, description="Bytes of variants kept on disk; 0 keeps none."
    )
    ephemeral_capacity: int = Field(
        1_000_000, ge=0, le=100_000_000, description="Variants kept on disk; 0 keeps none."
    )


class LibrarySettings(_Section):
    """What the library takes in, from where, and how much."""

    persistent_bytes: Bytes = Field(
        0, ge=0, le=1024 * 1024 * GIB, description="Bytes of originals that are kept; 0 sets no limit."
    )
    persistent_capacity: int = Field(
        0, ge=0, le=1_000_000_000, description="Originals that are kept; 0 sets no limit."
    )
    require_tags: bool = Field(True, description="Refuse new images without a tag.")
    max_batch_size: int = Field(
        100, ge=1, le=10_000, description="Images that one request may add, upload or draw."
    )
    allow_local: Texts = Field(
        (), description="Folders from which images may be added by their path on this machine."
    )
    allow_source: Texts = Field(
        (),
        description="Networks, addresses and hosts that are no public ones, and from which images may be fetched.",
    )
    fetch_timeout_s: Seconds = Field(
        60.0, ge=0.1, le=HOUR_S, description="Longest time that fetching one image may take."
    )


class DeliverySettings(_Section):
    """What browsers and CDNs are told about keeping an image."""

    max_age_s: Seconds = Field(
        60.0, ge=0, le=YEAR_S, description="Time for which caches may keep a drop-in image unasked."
    )
    # With max_age_s: a replaced file is seen everywhere within eleven minutes.
    stale_while_revalidate_s: Seconds = Field(
        600.0,
        ge=0,
        le=YEAR_S,
        description="Further time for which caches may still send it while they ask for a newer one.",
    )

    library_max_age_s: Seconds = Field(
        3600.0, ge=0, le=YEAR_S, description="The same for an image of the library under a name that was given."
    )
    generated_max_age_s: Seconds = Field(
        float(YEAR_S),
        ge=0,
        le=YEAR_S,
        description="The same under a name made from its bytes, which never change.",
    )


class AccessSettings(_Section):
    """Who may manage the server, and who may have images transformed.

    What the files hold is read by the loader; here it is already in ``admin_key`` and ``signing_keys``.
    """

    admin_key: Annotated[
        Key | None,
        Spelling(variable="ADMIN_KEY", allowed="8 to 512 printable ASCII characters without spaces"),
    ] = Field(None, description="The administrator's key; taken from the environment or from a file only.")
    admin_key_file: Folder | None = Field(None, description="File that holds the administrator's key.")
    transforms: Annotated[TransformMode, AnyCase] = Field(
        "open",
        description="Who may have images transformed, and how: anyone, whoever has a signed URL, or anyone, but "
        "only by presets and pipelines.",
    )
    signing_keys: Annotated[
        SigningKeys,
        Spelling(
            allowed="1 to 16 keys with commas between, each 16 to 512 printable ASCII characters without spaces"
        ),
    ] = Field(
        (),
        max_length=16,
        description="Keys of signed URLs: the first signs, all of them are good for checking; taken from the "
        "environment or from a file only.",
    )
    signing_keys_file: Folder | None = Field(
        None, description="File that holds the keys of signed URLs, one on a line; `#` begins a comment."
    )

    @model_validator(mode="after")
    def _signed_urls_have_a_key(self) -> "AccessSettings":
        if self.transforms == "signed" and not self.signing_keys:
            raise _conflict(
                "URLs cannot be signed without a key: "
                "set TINTYPE_SIGNING_KEYS, or name a file with signing_keys_file",
                "transforms",
                "signing_keys",
            )
        return self


class RateSettings(_Section):
    """How much clients without a key may ask for, and how they are told apart."""

    rate_limit_requests: Annotated[int, Spelling(variable="RATE_LIMIT_REQUESTS")] = Field(
        2,
        ge=0,
        le=1_000_000,
        description="New variants that one address may have made in each window; 0 sets no limit.",
    )
    rate_limit_window_s: Annotated[Seconds, Spelling(variable="RATE_LIMIT_WINDOW_SECS")] = Field(
        1.0, ge=0.001, le=DAY_S, description="Length of that window."
    )
    # A page full of new thumbnails loads at once; a crawler is held to the window's rate from then on.
    rate_limit_burst: int = Field(
        100, ge=1, le=1_000_000, description="New variants that one address may have made at once."
    )
    trusted_proxy: Texts = Field(
        (),
        description="Networks and addresses of proxies whose `X-Forwarded-For` tells the client's address.",
    )
    cors_origin: Texts = Field(
        ("*",),
        description="Origins whose scripts may read answers to `GET`, such as `https://shop.example`; `*` is all, "
        "`none` is none.",
    )


class LogSettings(_Section):
    """What the log says, and how."""

    log_requests: bool = Field(True, description="Write a line for each request.")

    log_format: Annotated[Literal["auto", "console", "json"], AnyCase] = Field(
        "auto", description="Form of the log's lines; `auto` is `console` on a terminal, else `json`."
    )
    log_level: Annotated[Literal["debug", "info", "warning", "error"], AnyCase] = Field(
        "info", description="Least important kind of line that is written."
    )


class Settings(
    ServerSettings,
    StorageSettings,
    PoolSettings,
    LimitSettings,
    CacheSettings,
    LibrarySettings,
    DeliverySettings,
    AccessSettings,
    RateSettings,
    LogSettings,
):
    """All settings; frozen, and complete once made."""


# In the order in which they are shown to people.
SECTIONS: tuple[type[BaseModel], ...] = Settings.__bases__


def _is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach the address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
