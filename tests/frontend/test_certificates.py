"""Finding, checking, making and renewing the server's certificate."""

import ssl
import subprocess
import time
from pathlib import Path

import pytest

from frontend.certificate_facts import CertificateFacts, read_facts
from frontend.certificates import CertificatePair, ensure_certificate, load_pair
from frontend.settings import Settings
from frontend.start_error import StartError

DAY_S = 86_400


def openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


def facts_of(pair: CertificatePair) -> CertificateFacts:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    load_pair(pair, into=context)
    facts = read_facts(context, authority=str(pair.cert_path))
    assert facts is not None
    return facts


def pair_of(folder: Path, *, key: str = "ec -pkeyopt ec_paramgen_curve:P-256") -> CertificatePair:
    """Make a pair of some kind of key, named after its owner."""
    folder.mkdir()
    pair = CertificatePair.within(folder)
    openssl(
        *("req", "-x509", "-nodes", "-days", "30", "-subj", "/CN=owner", "-newkey", *key.split()),
        *("-keyout", pair.key_path, "-out", pair.cert_path),
    )
    return pair


def refusal(folder: Path) -> str:
    with pytest.raises(StartError) as caught:
        ensure_certificate(Settings(cert_path=folder))
    return str(caught.value)


class TestGivenPair:
    """A pair that is given is taken as it is, or refused in one sentence."""

    def test_good_pair_is_taken(self, tmp_path: Path) -> None:
        """A certificate and its key are found in their folder."""
        pair = pair_of(tmp_path / "tls")
        assert ensure_certificate(Settings(cert_path=tmp_path / "tls")) == pair

    def test_folder_must_be_one(self, tmp_path: Path) -> None:
        """The setting names the folder, not one of the files."""
        pair = pair_of(tmp_path / "tls")
        assert refusal(pair.cert_path) == f"{pair.cert_path} is not a folder: it must hold cert.pem and key.pem"

    @pytest.mark.parametrize("file", ["cert.pem", "key.pem"])
    def test_missing_file_is_named(self, file: str, tmp_path: Path) -> None:
        """Which of the two is missing is told; nothing is made in its place."""
        pair_of(tmp_path / "tls")
        (tmp_path / "tls" / file).unlink()
        assert refusal(tmp_path / "tls") == f"{tmp_path}/tls/{file} is missing"
        assert not (tmp_path / "tls" / file).exists()

    @pytest.mark.parametrize("file", ["cert.pem", "key.pem"])
    def test_unreadable_file_is_named(self, file: str, tmp_path: Path) -> None:
        """Which of the two cannot be read is told."""
        pair_of(tmp_path / "tls")
        (tmp_path / "tls" / file).unlink()
        (tmp_path / "tls" / file).mkdir()
        assert refusal(tmp_path / "tls") == f"{tmp_path}/tls/{file} cannot be read: Is a directory"

    @pytest.mark.parametrize(
        ("file", "sentence"),
        [("cert.pem", "is not a certificate in PEM form"), ("key.pem", "is not a private key in PEM form")],
    )
    @pytest.mark.parametrize("content", ["", "junk", "-----BEGIN CERTIFICATE-----\nAAAA\n"])
    def test_damaged_file_is_named(self, file: str, sentence: str, content: str, tmp_path: Path) -> None:
        """Which of the two is not what it should be is told."""
        pair_of(tmp_path / "tls")
        (tmp_path / "tls" / file).write_text(content)
        assert refusal(tmp_path / "tls") == f"{tmp_path}/tls/{file} {sentence}"

    @pytest.mark.parametrize("kind", ["ec -pkeyopt ec_paramgen_curve:P-256", "rsa:2048"])
    def test_foreign_key_is_told(self, kind: str, tmp_path: Path) -> None:
        """A key of another certificate is told, be it of the same kind or of another."""
        pair = pair_of(tmp_path / "tls")
        pair_of(tmp_path / "other", key=kind).key_path.replace(pair.key_path)
        assert refusal(tmp_path / "tls") == f"{pair.key_path} is not the key of {pair.cert_path}"

    def test_encrypted_key_is_told(self, tmp_path: Path) -> None:
        """A key with a passphrase is refused at once; nobody is asked on the terminal."""
        pair = pair_of(tmp_path / "tls")
        openssl("ec", "-aes128", "-passout", "pass:secret", "-in", pair.key_path, "-out", pair.key_path)
        assert refusal(tmp_path / "tls") == (f"{pair.key_path} is encrypted: store the key without a passphrase")

    def test_weak_key_is_told(self, tmp_path: Path) -> None:
        """A pair that OpenSSL will not use for TLS is refused in its words."""
        pair = pair_of(tmp_path / "tls", key="rsa:512")
        assert refusal(tmp_path / "tls") == f"{pair.cert_path} and key.pem cannot be used: ee key too small"


class TestKeptPair:
    """Without a given pair one is made, kept, and renewed in time."""

    def test_pair_is_made_once(self, tmp_path: Path) -> None:
        """The first start makes the pair in the data folder, the second finds it there."""
        settings = Settings(data_path=tmp_path / "data")
        pair = ensure_certificate(settings)
        assert pair == CertificatePair.within(tmp_path / "data" / "tls")
        facts = facts_of(pair)
        assert facts.names == ("localhost", "127.0.0.1", "::1")
        assert facts.expires_s - time.time() > 360 * DAY_S
        before = pair.key_path.read_bytes()
        assert ensure_certificate(settings) == pair
        assert pair.key_path.read_bytes() == before

    @pytest.mark.parametrize(
        ("host", "further"),
        [("192.168.1.5", ("192.168.1.5",)), ("photos.lan", ("photos.lan",)), ("0.0.0.0", ()), ("::", ())],
    )
    def test_pair_is_made_for_the_host(self, host: str, further: tuple[str, ...], tmp_path: Path) -> None:
        """The host that is listened on stands in the certificate, if it is one's name at all."""
        pair = ensure_certificate(Settings(data_path=tmp_path, host=host))
        assert facts_of(pair).names == ("localhost", "127.0.0.1", "::1", *further)

    @pytest.mark.parametrize("days_left", [6, -400])
    def test_pair_is_renewed_in_time(self, days_left: int, tmp_path: Path) -> None:
        """A pair that has a week to live, or none, is made anew with the names it had."""
        pair = ensure_certificate(Settings(data_path=tmp_path, host="photos.lan"))
        before, facts = pair.key_path.read_bytes(), facts_of(pair)
        then_s = facts.expires_s - days_left * DAY_S
        ensure_certificate(Settings(data_path=tmp_path), clock=lambda: then_s)
        assert pair.key_path.read_bytes() != before
        assert facts_of(pair).names == facts.names

    def test_expired_certificate_is_read(self, tmp_path: Path) -> None:
        """What stands in a certificate can be read when its time is over."""
        folder = tmp_path / "tls"
        folder.mkdir()
        pair = CertificatePair.within(folder)
        openssl(
            *("req", "-new", "-nodes", "-newkey", "rsa:2048", "-subj", "/CN=old"),
            *("-keyout", pair.key_path, "-out", folder / "request"),
        )
        openssl(
            *("x509", "-req", "-days", "-1", "-in", folder / "request"),
            *("-signkey", pair.key_path, "-out", pair.cert_path),
        )
        facts = facts_of(pair)
        assert facts.is_self_signed
        assert facts.expires_s < time.time()
        ensure_certificate(Settings(data_path=tmp_path))
        assert facts_of(pair).expires_s > time.time()

    def test_pair_of_an_authority_is_left_alone(self, tmp_path: Path) -> None:
        """A certificate that somebody vouched for is not replaced, even after its last day."""
        authority = pair_of(tmp_path / "authority")
        folder = tmp_path / "tls"
        folder.mkdir()
        pair = CertificatePair.within(folder)
        openssl(
            *("req", "-new", "-nodes", "-newkey", "rsa:2048", "-subj", "/CN=leaf"),
            *("-keyout", pair.key_path, "-out", folder / "request"),
        )
        openssl(
            *("x509", "-req", "-days", "30", "-in", folder / "request", "-CAcreateserial"),
            *("-CA", authority.cert_path, "-CAkey", authority.key_path, "-out", pair.cert_path),
        )
        assert not facts_of(pair).is_self_signed
        before = pair.cert_path.read_bytes()
        ensure_certificate(Settings(data_path=tmp_path), clock=lambda: time.time() + 400 * DAY_S)
        assert pair.cert_path.read_bytes() == before

    @pytest.mark.parametrize("file", ["cert.pem", "key.pem"])
    def test_half_a_pair_is_made_whole(self, file: str, tmp_path: Path) -> None:
        """What a killed start left behind does not stand in the way of the next."""
        pair = ensure_certificate(Settings(data_path=tmp_path))
        (tmp_path / "tls" / file).unlink()
        assert ensure_certificate(Settings(data_path=tmp_path)) == pair
        assert facts_of(pair).names

    def test_damaged_pair_is_told_not_replaced(self, tmp_path: Path) -> None:
        """A file that cannot be used is named, with what to do; it may be somebody's only key."""
        pair = ensure_certificate(Settings(data_path=tmp_path))
        pair.key_path.write_text("junk")
        with pytest.raises(StartError) as caught:
            ensure_certificate(Settings(data_path=tmp_path))
        assert str(caught.value) == (
            f"{pair.key_path} is not a private key in PEM form; remove {tmp_path}/tls to have a new pair made"
        )
        assert pair.key_path.read_text() == "junk"

    def test_failing_script_is_told(self, tmp_path: Path) -> None:
        """Why no certificate could be made is told in the script's words."""
        (tmp_path / "data").write_text("a file")
        with pytest.raises(StartError) as caught:
            ensure_certificate(Settings(data_path=tmp_path / "data"))
        assert str(caught.value) == (
            f"no certificate could be made: keygen.sh: {tmp_path}/data/tls: cannot be made"
        )

    def test_missing_shell_is_told(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A system without a shell is told as much, not with a traceback."""
        monkeypatch.setenv("PATH", str(tmp_path))
        with pytest.raises(StartError, match=r"no certificate could be made: .*'sh'"):
            ensure_certificate(Settings(data_path=tmp_path / "data"))
