"""The format of multipart/form-data: what is read, what is refused, and that pieces make no difference."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis.strategies import binary, integers, lists, sampled_from

from frontend.library.ingest_errors import BadMultipartError
from frontend.library.multipart_decoder import (
    MAX_HEADER_BYTES,
    MAX_HEADERS,
    MultipartDecoder,
    PartBegins,
    PartData,
    PartEnds,
    read_boundary,
)

PLAIN = 'Content-Disposition: form-data; name="x"'


def part(data: bytes, *headers: str) -> bytes:
    """One part, with the line that begins it."""
    return (
        b"--B\r\n" + "".join(f"{header}\r\n" for header in headers or (PLAIN,)).encode() + b"\r\n" + data + b"\r\n"
    )


def decode(body: bytes, *cuts: int, max_parts: int = 100) -> list[tuple[PartBegins, bytes]]:
    """Decode a whole body, fed in pieces that end at the cuts."""
    decoder = MultipartDecoder("B", max_parts=max_parts)
    parts: list[tuple[PartBegins, bytes]] = []
    ended = 0
    ends = sorted({min(cut, len(body)) for cut in cuts} | {len(body)})
    for start, end in zip([0, *ends], ends, strict=False):
        for event in decoder.feed(body[start:end]):
            match event:
                case PartBegins():
                    parts.append((event, b""))
                case PartData(data):
                    assert data, "data without a byte"
                    parts[-1] = (parts[-1][0], parts[-1][1] + data)
                case PartEnds():
                    ended += 1
    decoder.finish()
    assert ended == len(parts)
    return parts


def begins(*headers: str) -> PartBegins:
    """What the headers of a part say."""
    ((described, _),) = decode(part(b"", *headers) + b"--B--")
    return described


def complaint(body: bytes, **limits: int) -> str:
    """Why a body is refused."""
    with pytest.raises(BadMultipartError) as caught:
        decode(body, **limits)
    assert caught.value.status == 400
    assert caught.value.message.isprintable()
    assert len(caught.value.message) < 300
    return caught.value.message


NEAR_BOUNDARIES = sampled_from(
    [
        b"\r\n--B",
        b"\r\n--B-",
        b"\r\n--BX",
        b"\r\n--",
        b"\r\n",
        b"\r",
        b"\n",
        b"--B",
        b"-",
        b"B",
        b"\x00",
        b"\r\n--B\rX",
    ]
)


@given(
    pieces=lists(lists(NEAR_BOUNDARIES | binary(max_size=5), max_size=6), min_size=1, max_size=4),
    cuts=lists(integers(0, 400), max_size=12),
    preamble=sampled_from([b"", b"\r\n", b"ignored\r\n", b"--\r\n--C\r\n"]),
    epilogue=sampled_from([b"", b"\r\n", b"\r\nignored --B\r\n--B\r\n"]),
)
@example(pieces=[[b"\r\n--BX"]], cuts=list(range(200)), preamble=b"", epilogue=b"\r\n")
def test_pieces_make_no_difference(
    pieces: list[list[bytes]], cuts: list[int], preamble: bytes, epilogue: bytes
) -> None:
    """However a body is cut, and however its data resembles a boundary, the same parts come out."""
    # What is a delimiter would end the part; these are as near to one as data can come.
    contents = [b"".join(each) + b"." for each in pieces]
    contents = [
        each for each in contents if not any(b"\r\n--B" + end in each for end in (b"\r\n", b"--", b" ", b"\t"))
    ]
    body = preamble + b"".join(part(each) for each in contents) + b"--B--" + epilogue
    assert [data for _, data in decode(body, *cuts)] == contents


@pytest.mark.parametrize("step", [1, 2, 3, 7])
def test_body_may_come_byte_by_byte(step: int) -> None:
    """Boundaries, headers and data are known in pieces of any size."""
    body = (
        b"hello\r\n" + part(b"one\r\n--Bx") + part(b"", PLAIN + "; filename=a") + part(b"three") + b"--B--\r\nbye"
    )
    parts = decode(body, *range(0, len(body), step))
    assert [data for _, data in parts] == [b"one\r\n--Bx", b"", b"three"]
    assert [described.filename for described, _ in parts] == [None, "a", None]


def test_body_without_parts_is_empty() -> None:
    """A form without fields is a final boundary and nothing else."""
    assert decode(b"--B--\r\n") == []


def test_preamble_may_be_long() -> None:
    """What comes before the first boundary is passed over, and not kept."""
    decoder = MultipartDecoder("B", max_parts=1)
    for _ in range(1000):
        assert decoder.feed(b"x" * 1000 + b"\r\n-") == []
    assert decoder._preamble is not None
    assert len(decoder._preamble) < 10
    assert len(decoder.feed(b"\r\n" + part(b"y") + b"--B--")) == 3


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "the boundary that the Content-Type names is not in the body"),
        (b"hello", "the boundary that the Content-Type names is not in the body"),
        (b"x--B\r\n", "the boundary that the Content-Type names is not in the body"),
        (b"--C\r\n", "the boundary that the Content-Type names is not in the body"),
        (b"--B", "the body ends before its final boundary"),
        (b"--B\r\n", "the body ends before its final boundary"),
        (part(b"data"), "the body ends before its final boundary"),
        (part(b"data") + b"--B-", "the body ends before its final boundary"),
        (part(b"data")[:-2] + b"--B--", "the body ends before its final boundary"),
        (b"--BX\r\n", "what follows the first boundary is neither"),
        (b"--B\n" + PLAIN.encode(), "what follows the first boundary is neither"),
        (part(b"data") + b"--B \tX", "what follows part 1 is neither"),
        (part(b"data", "no colon"), "the headers of part 1 are malformed"),
        (part(b"data", ": no name"), "the headers of part 1 are malformed"),
        (part(b"data", "A b: c"), "the headers of part 1 are malformed"),
        (part(b"data", "Ä: b"), "the headers of part 1 are malformed"),
        (part(b"data", PLAIN + "\r\n folded"), "the headers of part 1 are malformed"),
        (part(b"data", PLAIN, PLAIN), "the header 'content-disposition' twice"),
        (part(b"data", "A: b"), "part 1: its Content-Disposition is not form-data with a name"),
        (part(b"data", "Content-Disposition: attachment; name=x"), "is not form-data with a name"),
        (part(b"data", "Content-Disposition: form-data"), "is not form-data with a name"),
        (part(b"data", 'Content-Disposition: form-data; name="x'), "its parameters are malformed"),
        (part(b"data", "Content-Disposition: form-data; name=a; name=b"), "'name' is given twice"),
        (part(b"data", PLAIN + f"; {'a' * 999}=b" * 2), "aaa...' is given twice"),
        (part(b"data", PLAIN + f"; filename*={'a' * 999}''x"), "aaa...' is not known"),
        (part(b"data", PLAIN + "; filename*=x"), "a parameter with a star is malformed"),
        (part(b"data", PLAIN + "; filename*=KOI8-R''x"), "the character set 'koi8-r' is not known"),
        (part(b"data", PLAIN, "Content-Type: multipart/mixed; boundary=C"), "it holds parts within a part"),
        (part(b"data", PLAIN, "Content-Type: ???;"), "part 1: content-type: it has no value"),
        (part(b"data", PLAIN, "Content-Transfer-Encoding: base64"), "its content is encoded for transfer"),
        (part(b"data", PLAIN, *(f"H{n}: x" for n in range(MAX_HEADERS))), "more than 16 headers"),
        (part(b"data", PLAIN, "X: " + "y" * MAX_HEADER_BYTES), "more than 8192 bytes"),
        (part(b"data", PLAIN, "X" * MAX_HEADER_BYTES + ": y"), "more than 8192 bytes"),
        (part(b"data", PLAIN, *(f"H{n}: {'y' * 1000}" for n in range(9))), "more than 8192 bytes"),
    ],
)
def test_malformed_body_is_refused(body: bytes, said: str) -> None:
    """What cannot be read is a 400 that names what is wrong, and in which part."""
    assert said in complaint(body)


def test_endless_header_is_refused_before_it_ends() -> None:
    """A header without an end is not waited for."""
    decoder = MultipartDecoder("B", max_parts=1)
    decoder.feed(b"--B\r\nX: ")
    for _ in range(8):
        decoder.feed(b"y" * 1000)
    with pytest.raises(BadMultipartError, match="more than 8192 bytes"):
        decoder.feed(b"y" * 1000)


def test_thousands_of_parts_are_refused_early() -> None:
    """The count ends the reading, however many parts come in one piece."""
    body = part(b"") * 10_000
    assert complaint(body, max_parts=50) == "the body has more than 50 parts"
    assert len(decode(part(b"") * 50 + b"--B--", max_parts=50)) == 50


@pytest.mark.parametrize("encoding", ["7bit", "8bit", "binary", "BINARY"])
def test_plain_transfer_encodings_are_read(encoding: str) -> None:
    """Encodings that change nothing are taken, in any case."""
    assert begins(PLAIN, f"Content-Transfer-Encoding: {encoding}").name == "x"


@pytest.mark.parametrize(
    ("disposition", "name", "filename"),
    [
        ('form-data; name="tags"', "tags", None),
        ("form-data; name=tags", "tags", None),
        ("FORM-DATA; NAME=tags", "tags", None),
        ('form-data ; name = "tags" ;', "tags", None),
        ('form-data; name=""', "", None),
        ('form-data; name="f"; filename="cat.png"', "f", "cat.png"),
        ('form-data; filename="cat.png"; name="f"', "f", "cat.png"),
        ('form-data; name="f"; filename=""', "f", ""),
        ('form-data; name="f"; filename="a;b=c.png"', "f", "a;b=c.png"),
        ('form-data; name="f"; filename="a\\"b.png"', "f", 'a"b.png'),
        ('form-data; name="f"; filename="Käse 🧀.png"', "f", "Käse 🧀.png"),
        ('form-data; name="f"; filename="C:\\fakepath\\cat.png"', "f", "cat.png"),
        ('form-data; name="f"; filename="../../etc/cat.png"', "f", "cat.png"),
        ("form-data; name=f; filename*=UTF-8''K%C3%A4se.png", "f", "Käse.png"),
        ("form-data; name=f; filename*=iso-8859-1'de'K%E4se.png", "f", "Käse.png"),
        ("form-data; name=f; filename*=UTF-8''..%2F..%2Fcat.png", "f", "cat.png"),
        ("form-data; name=f; filename=plain.png; filename*=UTF-8''other.png", "f", "plain.png"),
        ("form-data; name=f; filename*=UTF-8''other.png; filename=plain.png", "f", "plain.png"),
    ],
)
def test_disposition_is_read(disposition: str, name: str, filename: str | None) -> None:
    """Names are read as browsers and libraries write them; of a path only the end is kept."""
    described = begins(f"Content-Disposition: {disposition}")
    assert (described.name, described.filename) == (name, filename)


def test_filename_in_another_encoding_is_no_reason_to_refuse() -> None:
    """Old clients send names in the code page of their system."""
    body = b'--B\r\nContent-Disposition: form-data; name="f"; filename="K\xe4se.png"\r\n\r\nx\r\n--B--'
    ((described, _),) = decode(body)
    assert described.filename == "K\ufffdse.png"


def test_content_type_and_charset_are_read() -> None:
    """A part without a Content-Type is a text in UTF-8."""
    assert (begins(PLAIN).content_type, begins(PLAIN).charset) == ("text/plain", "utf-8")
    described = begins(PLAIN, 'content-type: Text/HTML; charset="KOI8-R"')
    assert (described.content_type, described.charset) == ("text/html", "koi8-r")


@pytest.mark.parametrize(
    ("content_type", "boundary"),
    [
        ("multipart/form-data; boundary=abc", "abc"),
        ('Multipart/Form-Data; charset=utf-8; Boundary="a b?c"', "a b?c"),
        (
            "multipart/form-data;boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW",
            "----WebKitFormBoundary7MA4YWxkTrZu0gW",
        ),
        (f"multipart/form-data; boundary={'x' * 70}", "x" * 70),
    ],
)
def test_boundary_is_read(content_type: str, boundary: str) -> None:
    """The boundary is found as clients write it."""
    assert read_boundary(content_type) == boundary


@pytest.mark.parametrize(
    ("content_type", "said"),
    [
        ("", "the Content-Type is malformed"),
        ("application/json", "must be multipart/form-data, not 'application/json'"),
        ("multipart/mixed; boundary=x", "must be multipart/form-data"),
        ("multipart/form-data", "names no boundary"),
        ("multipart/form-data; boundary=", "names no boundary"),
        ('multipart/form-data; boundary=""', "names no boundary"),
        ('multipart/form-data; boundary="x "', "names no boundary"),
        ('multipart/form-data; boundary="ä"', "names no boundary"),
        ('multipart/form-data; boundary="a\r\nb"', "names no boundary"),
        (f"multipart/form-data; boundary={'x' * 71}", "names no boundary"),
        ("multipart/form-data; boundary=a; boundary=b", "'boundary' is given twice"),
    ],
)
def test_content_type_without_a_boundary_is_refused(content_type: str, said: str) -> None:
    """Another type, or a boundary that is none, is a 400 before the body is read."""
    with pytest.raises(BadMultipartError, match=said):
        read_boundary(content_type)


@given(junk=binary(max_size=300), cuts=lists(integers(0, 300), max_size=4))
def test_no_body_breaks_the_decoder(junk: bytes, cuts: list[int]) -> None:
    """Any bytes are parts or a 400, and nothing else."""
    for body in (
        junk,
        b"--B\r\n" + junk,
        part(b"data")[:-2] + junk,
        b"--B\r\nContent-Disposition: form-data;" + junk,
    ):
        with suppress(BadMultipartError):
            decode(body, *cuts)


def test_refusal_is_told_once() -> None:
    """What the client gets wrong is raised, and not written to standard error besides: the log has a form."""
    program = (
        "from frontend.library.multipart_decoder import MultipartDecoder\n"
        "try: list(MultipartDecoder('B', max_parts=1).feed(b'--B\\r\\nContent Disposition: x'))\n"
        "except Exception as error: print(type(error).__name__)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("BadMultipartError\n", "")
