"""The declaration of the settings: complete, in range, and at one with itself."""

import os
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from frontend.settings import SECTIONS, PoolSettings, Settings
from frontend.settings_check import SETTINGS
from frontend.settings_spelling import Setting

each_setting = pytest.mark.parametrize("setting", SETTINGS.values(), ids=SETTINGS.keys())


@each_setting
def test_setting_is_explained(setting: Setting) -> None:
    """Every setting comes with a whole sentence."""
    assert setting.sentence
    assert setting.sentence.endswith(".")


@each_setting
def test_number_has_a_range(setting: Setting) -> None:
    """Every number says from where to where it may go, in the unit its name ends in."""
    if setting.kind in {"duration", "size", "count"}:
        assert " from " in setting.allowed
        assert " to " in setting.allowed


@each_setting
def test_name_and_type_agree_on_the_unit(setting: Setting) -> None:
    """Durations end in ``_s`` and sizes in ``_bytes``, and nothing else does."""
    assert (setting.kind == "duration") == setting.name.endswith("_s")
    assert (setting.kind == "size") == setting.name.endswith("_bytes")


def test_spellings_are_unique() -> None:
    """No two settings share a key, a flag or a variable."""
    keys = [setting.key for setting in SETTINGS.values()]
    variables = [variable for setting in SETTINGS.values() for variable in setting.variables]
    assert len(set(keys)) == len(keys)
    assert len(set(variables)) == len(variables)


def test_settings_are_all_sections() -> None:
    """Every setting belongs to one section, and to no other."""
    names = [name for section in SECTIONS for name in section.model_fields]
    assert sorted(names) == sorted(Settings.model_fields)


@pytest.mark.parametrize(
    ("name", "flag", "variables"),
    [
        ("job_timeout_s", "--job-timeout", ("TINTYPE_JOB_TIMEOUT",)),
        ("cache_bytes", "--cache-bytes", ("TINTYPE_CACHE_BYTES",)),
        ("worker_memory_bytes", "--worker-memory", ("TINTYPE_WORKER_MEMORY",)),
        ("cache_ttl_s", "--cache-ttl", ("TINTYPE_CACHE_TTL", "CACHE_TTL_SECS")),
        ("cache_capacity", "--cache-capacity", ("TINTYPE_CACHE_CAPACITY", "CACHE_SIZE")),
        ("admin_key", None, ("TINTYPE_ADMIN_KEY", "ADMIN_KEY")),
        ("signing_keys", None, ("TINTYPE_SIGNING_KEYS",)),
    ],
)
def test_spelling_follows_from_the_name(name: str, flag: str | None, variables: tuple[str, ...]) -> None:
    """A flag drops the unit of time and keeps bytes; a secret has none."""
    assert (SETTINGS[name].flag, SETTINGS[name].variables) == (flag, variables)


def test_defaults_are_those_that_protect() -> None:
    """Without any configuration the documented limits hold."""
    settings = Settings()
    cpus = min(len(os.sched_getaffinity(0)), 256)
    assert (settings.host, settings.port, settings.tls_min) == ("127.0.0.1", 8000, "1.3")
    assert (settings.max_pixels, settings.max_frames, settings.max_side) == (50_000_000, 256, 8192)
    assert (settings.max_bytes, settings.max_ops) == (64 << 20, 32)
    assert (settings.job_timeout_s, settings.worker_memory_bytes) == (10.0, 1 << 30)
    assert (settings.workers, settings.queue_size) == (cpus, 64 * cpus)


def test_secrets_are_shown_as_masks() -> None:
    """Of secrets one sees how many there are, and whether there are any."""
    settings = Settings(admin_key=SecretStr("a-key-of-length"), signing_keys=(SecretStr("0123456789abcdef"),) * 2)
    assert SETTINGS["admin_key"].show(settings.admin_key) == "********"
    assert SETTINGS["signing_keys"].show(settings.signing_keys) == "********,********"
    assert SETTINGS["signing_keys"].show(Settings().signing_keys) == "none"
    assert "0123456789abcdef" not in settings.model_dump_json()


def test_queue_grows_with_the_workers() -> None:
    """The queue's default length is 64 for each worker there is."""
    assert PoolSettings(workers=3).queue_size == 192
    assert PoolSettings(workers=3, queue_size=7).queue_size == 7


def test_settings_are_frozen() -> None:
    """Nobody changes a setting once it is in force."""
    with pytest.raises(ValidationError, match="frozen"):
        Settings().port = 1  # type: ignore[misc]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.0.1", "::1"])
def test_plain_http_is_spoken_on_this_machine(host: str) -> None:
    """Plain HTTP is allowed on every loopback host."""
    assert Settings(insecure_http=True, host=host).insecure_http


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.org"])
def test_plain_http_is_not_spoken_to_others(host: str) -> None:
    """Plain HTTP is refused on any host that others can reach."""
    with pytest.raises(ValidationError, match="plain HTTP is spoken only on a loopback host"):
        Settings(insecure_http=True, host=host)


@pytest.mark.parametrize("data", ["pictures", "pictures/data", "pictures/../pictures/x", "link/data"])
def test_data_may_not_lie_among_the_images(data: str, tmp_path: Path) -> None:
    """What the server keeps is never in the folder it serves, not by way of a link either."""
    (tmp_path / "pictures").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "pictures")
    with pytest.raises(ValidationError, match="the data folder may not lie in the folder of images"):
        Settings(images_path=tmp_path / "pictures", data_path=tmp_path / data)


def test_images_may_lie_among_the_data(tmp_path: Path) -> None:
    """The other way round is harmless: only what lies in the folder of images is served."""
    settings = Settings(images_path=tmp_path / "data" / "images", data_path=tmp_path / "data")
    assert settings.data_path == tmp_path / "data"


def test_home_is_known_without_a_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tilde in a path means the home folder wherever the path is written."""
    monkeypatch.setenv("HOME", "/home/ada")
    assert Settings(images_path=Path("~/pictures")).images_path == Path("/home/ada/pictures")


@pytest.mark.parametrize(
    "url", ["https://a.example", "http://localhost:8000", "https://a.example/b/c", "http://[::1]"]
)
def test_base_url_is_taken(url: str) -> None:
    """Clients may be told any http or https address that paths can be put behind."""
    assert Settings(base_url=url).base_url == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "a.example",
        "ftp://a.example",
        "https://",
        "https://a.example/",
        "https://a/b?c",
        "https://a b",
        "http://u@a",
    ],
)
def test_base_url_is_refused(url: str) -> None:
    """What ends in a slash, has a query, a name in it or another scheme makes no addresses."""
    with pytest.raises(ValidationError, match="base_url"):
        Settings(base_url=url)
