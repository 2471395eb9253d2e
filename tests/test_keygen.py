"""``keygen.sh``: a certificate that clients can be told to trust, and never half a pair."""

import os
import shutil
import ssl
import stat
import subprocess
from pathlib import Path

import pytest
import trio
import trio.testing

KEYGEN = Path(__file__).parents[1] / "keygen.sh"
PAIR = {"cert.pem", "key.pem"}


def keygen(
    *arguments: str | Path, path: Path | None = None, folder: Path | None = None
) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PATH": str(path)} if path else None
    return subprocess.run(
        [KEYGEN, *arguments], env=environment, cwd=folder, capture_output=True, text=True, check=False
    )


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def wrapped_openssl(folder: Path, *, before: str) -> Path:
    """Make a folder of programs whose ``openssl`` runs some lines of shell before the real one."""
    programs = folder / "programs"
    programs.mkdir()
    for name in ("sh", "mkdir", "mktemp", "cat", "mv", "rm", "tail"):
        (programs / name).symlink_to(str(shutil.which(name)))
    wrapper = programs / "openssl"
    wrapper.write_text(f'#!/bin/sh\n{before}\nexec {shutil.which("openssl")} "$@"\n')
    wrapper.chmod(0o755)
    return programs


async def handshake(folder: Path, name: str) -> str:
    """Shake hands as ``name`` with a client that trusts ``cert.pem``; return the version of TLS."""
    trusting = ssl.create_default_context(cafile=str(folder / "cert.pem"))
    # Newer Pythons check by the book by default.
    trusting.verify_flags |= ssl.VERIFY_X509_STRICT
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    ours, theirs = trio.testing.memory_stream_pair()
    client = trio.SSLStream(ours, trusting, server_hostname=name)
    server = trio.SSLStream(theirs, serving, server_side=True)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(server.do_handshake)
        await client.do_handshake()
    return str(client.version())


def is_hostname_mismatch(error: BaseException) -> bool:
    cause = error.__cause__
    return isinstance(cause, ssl.SSLCertVerificationError) and "Hostname mismatch" in cause.verify_message


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pair with further names."""
    folder = tmp_path_factory.mktemp("made")
    done = keygen("--days", "9", folder / "tls", "photos.lan", "192.168.1.5", "fd00::5", "*.cdn.lan", "localhost")
    assert done.returncode == 0, done.stderr
    return folder / "tls"


@pytest.mark.parametrize(
    "name", ["localhost", "127.0.0.1", "::1", "photos.lan", "192.168.1.5", "fd00::5", "a.cdn.lan"]
)
async def test_trusting_client_verifies_every_name(name: str, made: Path) -> None:
    """A client that trusts the certificate accepts it for each of its names, in TLS 1.3."""
    assert await handshake(made, name) == "TLSv1.3"


async def test_other_names_are_refused(made: Path) -> None:
    """A client that trusts the certificate refuses it for any other name."""
    refused = pytest.RaisesExc(trio.BrokenResourceError, check=is_hostname_mismatch)
    with pytest.RaisesGroup(refused):
        await handshake(made, "example.org")


def test_certificate_is_a_servers_not_an_authoritys(made: Path) -> None:
    """What Firefox and Apple's systems demand: no authority, for servers, P-256, bounded in time."""
    text = subprocess.run(
        ["openssl", "x509", "-in", made / "cert.pem", "-noout", "-text"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "CA:FALSE" in text
    assert "TLS Web Server Authentication" in text
    assert "prime256v1" in text
    assert text.count("DNS:localhost") == 1


def test_key_is_its_owners_alone_from_the_start(tmp_path: Path) -> None:
    """No other user can open the key, not even while it is being made."""
    programs = wrapped_openssl(tmp_path, before=f"echo $1 $(umask) >>{tmp_path}/masks")
    done = keygen(tmp_path / "tls", path=programs)
    assert done.returncode == 0, done.stderr
    assert stat.S_IMODE((tmp_path / "tls" / "key.pem").stat().st_mode) == 0o600
    assert (tmp_path / "masks").read_text().splitlines()[0] == "genpkey 0077"


def test_existing_pair_is_kept(made: Path) -> None:
    """Without --force nothing that is there is touched."""
    before = contents(made)
    done = keygen(made)
    assert done.returncode == 1
    assert done.stderr == f"keygen.sh: {made}/key.pem: is there already; --force replaces it\n"
    assert contents(made) == before


@pytest.mark.parametrize("file", sorted(PAIR))
def test_half_of_an_existing_pair_is_kept(file: str, tmp_path: Path) -> None:
    """One of the two files is enough to refuse."""
    (tmp_path / file).write_text("mine")
    assert keygen(tmp_path).returncode == 1
    assert contents(tmp_path) == {file: b"mine"}


async def test_force_replaces_the_pair(tmp_path: Path) -> None:
    """With --force both files are new, and go together."""
    for file in PAIR:
        (tmp_path / file).write_text("old")
    assert keygen("--force", tmp_path).returncode == 0
    assert contents(tmp_path).keys() == PAIR
    assert await handshake(tmp_path, "localhost")


@pytest.mark.parametrize("step", ["genpkey", "req"])
def test_failure_leaves_everything_as_it_was(step: str, tmp_path: Path) -> None:
    """If OpenSSL fails, the old pair stands and nothing else is left behind."""
    programs = wrapped_openssl(tmp_path, before=f"[ $1 != {step} ] || {{ echo out of luck >&2; exit 1; }}")
    folder = tmp_path / "tls"
    done = keygen(folder, path=programs)
    assert (done.returncode, done.stderr) == (1, "keygen.sh: openssl failed: out of luck\n")
    assert contents(folder) == {}
    for file in PAIR:
        (folder / file).write_text("old")
    assert keygen("--force", folder, path=programs).returncode == 1
    assert contents(folder) == dict.fromkeys(PAIR, b"old")


def test_missing_openssl_is_told(tmp_path: Path) -> None:
    """Without openssl there is one clear sentence, and no folder is made."""
    programs = wrapped_openssl(tmp_path, before="")
    (programs / "openssl").unlink()
    done = keygen(tmp_path / "tls", path=programs)
    assert done.returncode == 1
    assert done.stderr == "keygen.sh: openssl is missing; install the package of that name\n"
    assert not (tmp_path / "tls").exists()


def test_server_finds_the_default_folder(tmp_path: Path) -> None:
    """Without arguments the pair lies where the server looks for it, in data/tls."""
    assert keygen(folder=tmp_path).returncode == 0
    assert contents(tmp_path / "data" / "tls").keys() == PAIR


def test_folder_may_look_like_an_option(tmp_path: Path) -> None:
    """Behind ``--`` a folder may have any name, spaces included."""
    assert keygen("--", "-my keys", folder=tmp_path).returncode == 0
    assert contents(tmp_path / "-my keys").keys() == PAIR


def test_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    """A file in the folder's place is named."""
    (tmp_path / "file").write_text("")
    done = keygen(tmp_path / "file" / "tls")
    assert (done.returncode, done.stderr) == (1, f"keygen.sh: {tmp_path}/file/tls: cannot be made\n")


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["--days", "0", "tls"], "--days 0: must be a number from 1 to 825"),
        (["--days=826", "tls"], "--days 826: must be a number from 1 to 825"),
        (["--days", "99999999999999999999", "tls"], "must be a number from 1 to 825"),
        (["--days", "x", "tls"], "--days x: must be a number from 1 to 825"),
        (["--days"], "--days needs a number"),
        (["--frce", "tls"], "--frce: unknown option"),
        (["tls", "a,DNS:b"], "'a,DNS:b': neither a host name nor an IP address"),
        (["tls", "two words"], "'two words': neither"),
        (["tls", "a\nb"], "neither a host name nor an IP address"),
        (["tls", ""], "'': neither"),
    ],
)
def test_wrong_use_is_told(arguments: list[str], hint: str, tmp_path: Path) -> None:
    """What was asked for wrongly is named, with exit code 2, before anything is made."""
    done = keygen(*arguments, folder=tmp_path)
    assert done.returncode == 2
    assert hint in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_impossible_address_is_told(tmp_path: Path) -> None:
    """Digits that are no address are refused in OpenSSL's words."""
    done = keygen(tmp_path, "999.1.1.1")
    assert done.returncode == 1
    assert done.stderr.startswith("keygen.sh: openssl failed: ")
    assert contents(tmp_path) == {}


def test_help_is_printed() -> None:
    """--help tells the usage."""
    done = keygen("--help")
    assert done.returncode == 0
    assert done.stdout.startswith("usage: keygen.sh [--force] [--days N] [DIRECTORY [NAME...]]")
