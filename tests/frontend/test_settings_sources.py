"""Where settings come from, which source wins, and how mistakes are told."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from frontend.settings import Settings
from frontend.settings_check import Origin, SettingsError
from frontend.settings_sources import LoadedSettings, load_settings
from shared.recipe import Recipes


def load(
    folder: Path,
    *,
    flags: Mapping[str, str | bool] | None = None,
    environment: Mapping[str, str] | None = None,
    config: str | None = None,
) -> LoadedSettings:
    return load_settings(flags=flags or {}, environment=environment or {}, config=config, directory=folder)


def mistakes(
    folder: Path,
    *,
    flags: Mapping[str, str | bool] | None = None,
    environment: Mapping[str, str] | None = None,
    config: str | None = None,
) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        load(folder, flags=flags, environment=environment, config=config)
    return caught.value.mistakes


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_flag_beats_variable_beats_file_beats_default(tmp_path: Path) -> None:
    """Each source overrides those behind it, and is named as the origin."""
    file = write(tmp_path / "tintype.toml", "port = 1001\n")
    environment = {"PORT": "1002"}
    seen = [
        load(tmp_path / "elsewhere"),
        load(tmp_path),
        load(tmp_path, environment=environment),
        load(tmp_path, environment={**environment, "TINTYPE_PORT": "1003"}),
        load(tmp_path, environment=environment, flags={"port": "1004"}),
    ]
    assert [loaded.settings.port for loaded in seen] == [8000, 1001, 1002, 1003, 1004]
    assert [str(loaded.origins["port"]) for loaded in seen] == [
        "default",
        f"file {file}",
        "environment PORT",
        "environment TINTYPE_PORT",
        "flag --port",
    ]


def test_every_form_reads_the_same(tmp_path: Path) -> None:
    """A flag, a variable and a key in the file take the same spellings of a value."""
    write(tmp_path / "tintype.toml", 'job_timeout = "500ms"\ncache_bytes = "1 GiB"\ntls_min = 1.2\n')
    from_file = load(tmp_path).settings
    from_flags = load(
        tmp_path / "elsewhere",
        flags={"job_timeout_s": "0.5", "cache_bytes": "1073741824", "tls_min": "1.2"},
    ).settings
    from_environment = load(
        tmp_path / "elsewhere",
        environment={
            "TINTYPE_JOB_TIMEOUT": "0.5s",
            "TINTYPE_CACHE_BYTES": "1024MiB",
            "TINTYPE_TLS_MIN": "1.2",
        },
    ).settings
    assert from_file == from_flags == from_environment
    assert (from_file.job_timeout_s, from_file.cache_bytes, from_file.tls_min) == (0.5, 1 << 30, "1.2")


def test_switch_is_turned_off_by_its_flag(tmp_path: Path) -> None:
    """A flag's ``--no-`` form overrides the variable, and is named as the origin."""
    loaded = load(tmp_path, environment={"TINTYPE_INSECURE_HTTP": "yes"}, flags={"insecure_http": False})
    assert not loaded.settings.insecure_http
    assert loaded.origins["insecure_http"] == Origin("flag", "--no-insecure-http")


def test_empty_variable_is_not_there(tmp_path: Path) -> None:
    """A variable that is set to nothing leaves the setting alone."""
    loaded = load(tmp_path, environment={"TINTYPE_PORT": "", "PORT": "", "ADMIN_KEY": ""})
    assert loaded.settings.port == 8000
    assert loaded.settings.admin_key is None


def test_other_programs_variables_are_ignored(tmp_path: Path) -> None:
    """Variables without our prefix are nobody's mistake."""
    loaded = load(tmp_path, environment={"RATE_LIMIT_REQUESTS": "2", "SITE_URL": "x", "PATH": "/bin"})
    assert loaded.settings == Settings()


def test_named_file_is_read_instead(tmp_path: Path) -> None:
    """A file is named by flag or variable; the flag wins, and the one lying there is left unread."""
    write(tmp_path / "tintype.toml", "broken")
    one = write(tmp_path / "one.toml", "port = 1\n")
    two = write(tmp_path / "two.toml", "port = 2\n")
    environment = {"TINTYPE_CONFIG": str(one)}
    assert load(tmp_path, environment=environment).settings.port == 1
    assert load(tmp_path, environment=environment, config=str(two)).settings.port == 2


def test_mistakes_are_told_all_at_once(tmp_path: Path) -> None:
    """Each mistake names the setting as it was written, its value, and what is allowed."""
    file = write(
        tmp_path / "tintype.toml",
        'max_sides = 5\nworkers = "many"\nmax_frames = true\nimages_path = [1]\n[server]\nport = 1\n',
    )
    assert mistakes(
        tmp_path,
        environment={"HOST": "[::1]", "TINTYPE_CACHE_TTL": "soon", "TINTYPE_PROT": "80"},
        flags={"port": "70000", "worker_memory_bytes": "1KiB", "log_format": "xml"},
    ) == (
        f"max_sides in {file}: unknown setting, did you mean max_side?",
        f"server in {file}: unknown setting",
        "TINTYPE_PROT: unknown setting, did you mean TINTYPE_PORT?",
        "HOST=[::1]: must be a host name or an IP address, without brackets or port",
        "--port 70000: must be a whole number from 0 to 65535",
        f"images_path = [1] in {file}: must be a path",
        f'workers = "many" in {file}: must be a whole number from 1 to 256',
        "--worker-memory 1KiB: must be a size from 256MiB to 1TiB",
        f"max_frames = true in {file}: must be a whole number from 1 to 100000",
        "TINTYPE_CACHE_TTL=soon: must be a duration from 0s to 365d",
        "--log-format xml: must be auto, console or json",
    )


def test_conflicts_are_told_with_the_other_mistakes(tmp_path: Path) -> None:
    """Settings that do not go together are named together, beside those that are wrong alone."""
    assert mistakes(
        tmp_path,
        environment={"HOST": "0.0.0.0"},
        flags={"insecure_http": True, "images_path": ".", "port": "x"},
    ) == (
        "--port x: must be a whole number from 0 to 65535",
        "--insecure-http, HOST=0.0.0.0: plain HTTP is spoken only on a loopback host: 127.0.0.1, ::1 or localhost",
        "--images-path .: the data folder may not lie in the folder of images, for what lies there is served",
    )


def test_conflict_with_a_wrong_value_is_not_told(tmp_path: Path) -> None:
    """While a value is wrong, nothing is said of what its default would conflict with."""
    file = write(tmp_path / "tintype.toml", "images_path = 5\n")
    found = mistakes(tmp_path, flags={"data_path": "images/data"})
    assert found == (f"images_path = 5 in {file}: must be a path",)


def test_error_lists_its_mistakes(tmp_path: Path) -> None:
    """The error's text is a list, one mistake a line."""
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, flags={"port": "x", "workers": "0"})
    assert str(caught.value).splitlines() == [
        "The settings are wrong:",
        "  --port x: must be a whole number from 0 to 65535",
        "  --workers 0: must be a whole number from 1 to 256",
    ]


def test_recipes_come_with_the_settings(tmp_path: Path) -> None:
    """Pipelines and presets are read from the same file, bound by its limits, and it is named as their origin."""
    text = 'max_side = 100\n[pipelines.a]\nmodules = [{use = "resize", w = 100}]\n[presets]\nb = "w=100"\n'
    file = write(tmp_path / "tintype.toml", text)
    loaded = load(tmp_path)
    assert ([*loaded.recipes.pipelines], [*loaded.recipes.presets]) == (["a"], ["b"])
    assert loaded.recipes_origin == Origin("file", str(file))
    assert load(tmp_path / "elsewhere").recipes == Recipes()
    write(file, text.replace("= 100\n", "= 99\n"))
    assert [mistake.partition(": width")[0] for mistake in mistakes(tmp_path)] == [
        f"{file}:3: pipelines.a.modules[0]",
        f"{file}:5: presets.b",
    ]


def test_broken_file_is_told_with_its_line(tmp_path: Path) -> None:
    """A file that is no TOML is named with the line where it goes wrong."""
    file = write(tmp_path / "tintype.toml", "port = 1\nhost = oops\n")
    (mistake,) = mistakes(tmp_path)
    assert mistake.startswith(f"{file}: not TOML: ")
    assert "line 2" in mistake


def test_file_in_another_encoding_is_told(tmp_path: Path) -> None:
    """A file that is not UTF-8 is a mistake, not a crash."""
    (tmp_path / "tintype.toml").write_bytes('host = "é"'.encode("latin-1"))
    (mistake,) = mistakes(tmp_path)
    assert "tintype.toml: not TOML" in mistake


def test_named_file_must_be_there(tmp_path: Path) -> None:
    """A file that was named and cannot be read is a mistake; one that nobody named is not."""
    missing = tmp_path / "missing.toml"
    sentence = f"{missing}: the file of settings cannot be read: No such file or directory"
    assert mistakes(tmp_path, config=str(missing)) == (sentence,)
    assert mistakes(tmp_path, environment={"TINTYPE_CONFIG": str(missing)}) == (sentence,)
    assert load(tmp_path).settings == Settings()


class TestAdminKey:
    """A secret: from the environment, from a file, from systemd; nowhere else."""

    def test_own_variable_beats_the_plain_one(self, tmp_path: Path) -> None:
        """The key is taken from the environment, and never shown."""
        loaded = load(tmp_path, environment={"ADMIN_KEY": "plain-key", "TINTYPE_ADMIN_KEY": "own-name-key"})
        assert loaded.settings.admin_key is not None
        assert loaded.settings.admin_key.get_secret_value() == "own-name-key"
        assert "own-name-key" not in repr(loaded)

    def test_file_beats_systemd(self, tmp_path: Path) -> None:
        """A file that is named is read; else the one that systemd hands over."""
        write(tmp_path / "admin_key", "key-from-systemd\n")
        file = write(tmp_path / "key", " key-from-file\n")
        environment = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
        assert key_of(load(tmp_path, environment=environment)) == "key-from-systemd"
        environment["TINTYPE_ADMIN_KEY_FILE"] = str(file)
        loaded = load(tmp_path, environment=environment)
        assert key_of(loaded) == "key-from-file"
        assert loaded.origins["admin_key"] == Origin("file", str(file))

    def test_only_a_flags_file_beats_the_variable(self, tmp_path: Path) -> None:
        """The key itself beats its file, unless the file is named by a flag."""
        file = str(write(tmp_path / "key", "key-from-file"))
        environment = {"ADMIN_KEY": "key-itself", "TINTYPE_ADMIN_KEY_FILE": file}
        assert key_of(load(tmp_path, environment=environment)) == "key-itself"
        assert key_of(load(tmp_path, environment=environment, flags={"admin_key_file": file})) == "key-from-file"

    def test_systemd_without_a_key_is_fine(self, tmp_path: Path) -> None:
        """A unit may hand over other credentials than the key."""
        assert load(tmp_path, environment={"CREDENTIALS_DIRECTORY": str(tmp_path)}).settings.admin_key is None

    @pytest.mark.parametrize("key", ["short", "with a space", "tab\tinside", "é" * 8, "x" * 513])
    def test_unusable_key_is_not_repeated(self, key: str, tmp_path: Path) -> None:
        """A key that no header could carry is refused, without printing it."""
        assert mistakes(tmp_path, environment={"ADMIN_KEY": key}) == (
            "ADMIN_KEY: must be 8 to 512 printable ASCII characters without spaces",
        )

    @pytest.mark.parametrize("content", ["", "\n", "x" * 10_000, "x" * 65_536])
    def test_unusable_key_file_is_named(self, content: str, tmp_path: Path) -> None:
        """An empty or endless file holds no key."""
        file = write(tmp_path / "key", content)
        (mistake,) = mistakes(tmp_path, flags={"admin_key_file": str(file)})
        assert mistake == f"{file}: must be 8 to 512 printable ASCII characters without spaces"

    def test_endless_key_file_is_not_read(self, tmp_path: Path) -> None:
        """A file of more than 64 KiB was named by mistake, and is not read any further."""
        (mistake,) = mistakes(tmp_path, flags={"admin_key_file": "/dev/zero"})
        assert mistake == "/dev/zero: admin_key cannot be read: more than 65536 bytes"

    def test_missing_key_file_is_told(self, tmp_path: Path) -> None:
        """A file that is named must be there."""
        (mistake,) = mistakes(tmp_path, flags={"admin_key_file": str(tmp_path / "none")})
        assert mistake.endswith("none: admin_key cannot be read: No such file or directory")

    def test_key_file_may_lie_at_home(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A tilde means the home folder here, too; that of a user there is not is a file there is not."""
        monkeypatch.setenv("HOME", str(tmp_path))
        write(tmp_path / "key", "key-from-home")
        assert key_of(load(tmp_path, environment={"TINTYPE_ADMIN_KEY_FILE": "~/key"})) == "key-from-home"
        (mistake,) = mistakes(tmp_path, environment={"TINTYPE_ADMIN_KEY_FILE": "~nobody-of-that-name/key"})
        assert mistake.startswith("~nobody-of-that-name/key: admin_key cannot be read: No such file")

    def test_file_of_settings_holds_no_secret(self, tmp_path: Path) -> None:
        """A key among the settings is refused, with the ways there are."""
        file = write(tmp_path / "tintype.toml", 'admin_key = "do-not-repeat"\n')
        assert mistakes(tmp_path) == (
            (
                f"admin_key in {file}: secrets are kept apart from the settings; "
                "name a file with admin_key_file, or set TINTYPE_ADMIN_KEY"
            ),
        )


class TestSigningKeys:
    """Several secrets: with commas between in the environment, one on a line in a file."""

    ONE, TWO = "one-key-of-sixteen-or-more", "#2:!\"'=/+~_-()[]{}|key"

    def test_variable_holds_several(self, tmp_path: Path) -> None:
        """The keys are taken in their order, and never shown."""
        loaded = load(tmp_path, environment={"TINTYPE_SIGNING_KEYS": f"{self.ONE}, {self.TWO},"})
        assert signing_keys_of(loaded) == [self.ONE, self.TWO]
        assert self.ONE not in repr(loaded)

    def test_file_holds_one_on_a_line(self, tmp_path: Path) -> None:
        """Blank lines and comments are nothing, and neither are the ends of lines on other systems."""
        file = write(
            tmp_path / "keys", f"# used since März\n{self.ONE}\r\n\n  # the one before\n  {self.TWO[1:]} "
        )
        loaded = load(tmp_path, environment={"TINTYPE_SIGNING_KEYS_FILE": str(file)})
        assert signing_keys_of(loaded) == [self.ONE, self.TWO[1:]]
        assert loaded.origins["signing_keys"] == Origin("file", str(file))

    def test_systemd_hands_them_over(self, tmp_path: Path) -> None:
        """Without a file of their own they are taken from the credential of their name."""
        write(tmp_path / "signing_keys", self.ONE)
        environment = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
        assert signing_keys_of(load(tmp_path, environment=environment)) == [self.ONE]
        environment["TINTYPE_SIGNING_KEYS"] = self.TWO
        assert signing_keys_of(load(tmp_path, environment=environment)) == [self.TWO]

    def test_only_a_flags_file_beats_the_variable(self, tmp_path: Path) -> None:
        """The keys themselves beat their file, unless the file is named by a flag."""
        file = str(write(tmp_path / "keys", self.ONE))
        environment = {"TINTYPE_SIGNING_KEYS": self.TWO, "TINTYPE_SIGNING_KEYS_FILE": file}
        assert signing_keys_of(load(tmp_path, environment=environment)) == [self.TWO]
        loaded = load(tmp_path, environment=environment, flags={"signing_keys_file": file})
        assert signing_keys_of(loaded) == [self.ONE]

    @pytest.mark.parametrize(
        "keys",
        ["fifteen-chars-x", "with a space in it", "x" * 513, "é" * 16, f"{ONE},short", ",", ",".join([ONE] * 17)],
    )
    def test_unusable_keys_are_not_repeated(self, keys: str, tmp_path: Path) -> None:
        """A key that is too short to be safe is refused like one with odd characters; so is none, and a heap."""
        sentence = (
            "must be 1 to 16 keys with commas between, each 16 to 512 printable ASCII characters without spaces"
        )
        assert mistakes(tmp_path, environment={"TINTYPE_SIGNING_KEYS": keys}) == (
            f"TINTYPE_SIGNING_KEYS: {sentence}",
        )
        file = write(tmp_path / "keys", keys.replace(",", "\n"))
        assert mistakes(tmp_path, flags={"signing_keys_file": str(file)}) == (f"{file}: {sentence}",)

    def test_line_with_a_comma_is_no_key(self, tmp_path: Path) -> None:
        """A comma in a file is not taken for the end of a key: the variable could not hold that key."""
        file = write(tmp_path / "keys", f"{self.ONE},{self.ONE}")
        (mistake,) = mistakes(tmp_path, flags={"signing_keys_file": str(file)})
        assert mistake.startswith(f"{file}: must be 1 to 16 keys")

    def test_file_of_settings_holds_none(self, tmp_path: Path) -> None:
        """Keys among the settings are refused, with the ways there are."""
        write(tmp_path / "tintype.toml", f'signing_keys = ["{self.ONE}"]\n')
        (mistake,) = mistakes(tmp_path)
        assert mistake.endswith("name a file with signing_keys_file, or set TINTYPE_SIGNING_KEYS")

    def test_signed_transforms_need_a_key(self, tmp_path: Path) -> None:
        """Where only signed URLs are served, somebody must be able to sign."""
        assert mistakes(tmp_path, environment={"TINTYPE_TRANSFORMS": "Signed"}) == (
            (
                "TINTYPE_TRANSFORMS=Signed: URLs cannot be signed without a key: "
                "set TINTYPE_SIGNING_KEYS, or name a file with signing_keys_file"
            ),
        )
        environment = {"TINTYPE_TRANSFORMS": "Signed", "TINTYPE_SIGNING_KEYS": self.ONE}
        assert load(tmp_path, environment=environment).settings.transforms == "signed"


def signing_keys_of(loaded: LoadedSettings) -> list[str]:
    return [key.get_secret_value() for key in loaded.settings.signing_keys]


def key_of(loaded: LoadedSettings) -> str:
    assert loaded.settings.admin_key is not None
    return loaded.settings.admin_key.get_secret_value()
