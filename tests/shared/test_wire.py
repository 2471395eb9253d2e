"""Frames: every message comes back from any pieces of its bytes, and nothing else ever comes out."""

from __future__ import annotations

import dataclasses
import itertools
import random
import struct
import tracemalloc
import types
from collections.abc import Iterable
from typing import Any, get_args, get_origin, get_type_hints

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import wire
from shared.limits import Limits
from shared.messages import Failure, FileStamp, Hello, Inspect, Inspection, Job, Message, Result, Source, Swatch
from shared.wire import MAX_BODY_BYTES, MAX_FRAME_BYTES, FrameDecoder, ProtocolError, encode
from tests.shared.strategies import PROPERTY, messages

HELLO = Hello(pid=7, versions={"pillow": "13.0.0"}, decodes=("jpeg", "png"), encodes=("webp",), modules=("blur",))
STAMP = FileStamp(size_bytes=1 << 40, mtime_ns=1_795_251_600_123_456_789, inode=(1 << 64) - 1)
JOB = Job(
    job_id=8,
    source=Source(path="/images/caf\udce9.jpg", stamp=STAMP, extension="jpg"),
    plan="resize:width=800;encode:format=webp",
    limits=Limits(),
    deadline_s=9.5,
)
RESULT = Result(
    job_id=8,
    format="webp",
    width=800,
    height=600,
    frames=1,
    has_alpha=False,
    body=bytes(range(256)),
    timings_ms={"decode": 3.5},
)
INSPECT = Inspect(job_id=9, source=JOB.source, limits=Limits(), deadline_s=9.5)
INSPECTION = Inspection(
    job_id=9,
    format="gif",
    width=800,
    height=600,
    frames=12,
    has_alpha=True,
    mode="P",
    bit_depth=8,
    blurhash="LEHV6nWB2yk8pyo0adR*.7kCMdnj",
    thumbhash="1QcSHQRnh493V4dIh4eXh1h4kJUI",
    phash="d97ec1340bd02af5",
    palette=(Swatch(color="#102030", share=0.75), Swatch(color="#ffffff", share=0.25)),
    exif={"camera_make": "Box"},
    latitude=-33.9,
    longitude=18.4,
    icc_name="Display P3",
    duration_ms=1200,
    timings_ms={"decode": 3.5},
)
FAILURE = Failure(job_id=8, error="corrupt_image", message="broken", detail="at byte 9", is_images_fault=True)
SAMPLES: tuple[Message, ...] = (HELLO, JOB, RESULT, INSPECT, INSPECTION, FAILURE)
each_sample = pytest.mark.parametrize("message", SAMPLES, ids=lambda message: message.type)


def decode(*chunks: bytes) -> list[Message]:
    """Feed chunks to a new decoder; return all that it yields."""
    decoder = FrameDecoder()
    return [message for chunk in chunks for message in decoder.feed(chunk)]


def frame(body: bytes) -> bytes:
    """Put a length before a body."""
    return struct.pack(">I", len(body)) + body


def fields_of(message: Message) -> dict[str, Any]:
    """What the frame of ``message`` holds."""
    fields: dict[str, Any] = msgpack.unpackb(encode(message)[4:], unicode_errors="surrogatepass")
    return fields


def frame_of(fields: object) -> bytes:
    """Frame whatever msgpack can write."""
    return frame(msgpack.packb(fields, unicode_errors="surrogatepass"))


def is_of_type(hint: Any, value: object) -> bool:  # noqa: ANN401 - a type, of any kind
    """Whether a value is what its annotation says, to the last element; a bool is no int, an int no float."""
    if isinstance(hint, types.UnionType):
        return any(is_of_type(option, value) for option in get_args(hint))
    if get_origin(hint) is tuple:
        return type(value) is tuple and all(is_of_type(get_args(hint)[0], item) for item in value)
    if get_origin(hint) is dict:
        keys, values = get_args(hint)
        return type(value) is dict and all(
            is_of_type(keys, key) and is_of_type(values, item) for key, item in value.items()
        )
    return type(value) is hint and (not dataclasses.is_dataclass(hint) or is_well_typed(value))


def is_well_typed(message: object) -> bool:
    """Whether every field of a dataclass is what its annotation says."""
    hints = get_type_hints(type(message))
    return all(is_of_type(hints[item.name], getattr(message, item.name)) for item in dataclasses.fields(message))  # type: ignore[arg-type]


@PROPERTY
@given(message=messages())
def test_message_comes_back(message: Message) -> None:
    """Every message, with any numbers and any text in it, is decoded to its equal."""
    (decoded,) = decode(encode(message))
    assert decoded == message
    assert is_well_typed(decoded)


@each_sample
def test_message_comes_back_from_two_parts(message: Message) -> None:
    """The cut may be at any byte, the length's own among them; before the last one nothing is yielded."""
    data = encode(message)
    for at in range(len(data)):
        decoder = FrameDecoder()
        assert list(decoder.feed(data[:at])) == []
        assert list(decoder.feed(data[at:])) == [message]


def test_messages_come_back_from_single_bytes() -> None:
    """A stream that trickles is a stream."""
    data = b"".join(map(encode, SAMPLES))
    assert decode(*(data[at : at + 1] for at in range(len(data)))) == list(SAMPLES)


@PROPERTY
@given(sent=st.lists(st.sampled_from(SAMPLES), max_size=6), data=st.data())
def test_messages_come_back_from_any_chunks(sent: list[Message], data: st.DataObject) -> None:
    """Where one read ends has nothing to do with where a message ends."""
    stream = b"".join(map(encode, sent))
    inner = data.draw(st.lists(st.integers(0, len(stream)), max_size=12).map(sorted))
    cuts = [0, *inner, len(stream)]
    assert decode(*(stream[start:end] for start, end in itertools.pairwise(cuts))) == sent


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_any_buffer_may_be_fed_and_used_again(kind: type[bytes | bytearray | memoryview]) -> None:
    """A reader may receive into one buffer again and again."""
    buffer = bytearray(encode(RESULT))
    decoder = FrameDecoder()
    part = kind(buffer)
    assert list(decoder.feed(part[:20])) == []
    rest = bytes(part[20:])
    buffer[:] = bytes(len(buffer))
    assert list(decoder.feed(rest)) == [RESULT]


def test_what_is_fed_is_taken_at_once() -> None:
    """Bytes are not lost when nobody looks what they completed."""
    data = encode(FAILURE)
    decoder = FrameDecoder()
    decoder.feed(data[:9])
    assert list(decoder.feed(data[9:])) == [FAILURE]


def test_type_of_a_message_is_its_first_field() -> None:
    """Who reads a dump sees at once what it is."""
    assert [next(iter(fields_of(message).items())) for message in SAMPLES] == [
        ("type", "hello"),
        ("type", "job"),
        ("type", "result"),
        ("type", "inspect"),
        ("type", "inspection"),
        ("type", "failure"),
    ]


def test_whole_number_of_seconds_is_still_a_float() -> None:
    """A peer may write 10 for 10.0; who reads it has the declared type."""
    (job,) = decode(frame_of({**fields_of(JOB), "deadline_s": 10}))
    assert isinstance(job, Job)
    assert type(job.deadline_s) is float


@pytest.mark.parametrize("size", [101, MAX_FRAME_BYTES, 0xFFFFFFFF])
def test_length_beyond_the_limit_is_refused_at_once(size: int) -> None:
    """Four bytes are enough to refuse: none of the body is waited for."""
    decoder = FrameDecoder(max_frame_bytes=100)
    with pytest.raises(ProtocolError, match=f"a frame of {size} bytes, limit is 100"):
        list(decoder.feed(struct.pack(">I", size)))


def test_length_at_the_limit_is_waited_for() -> None:
    """The limit itself is allowed."""
    size = len(encode(FAILURE)) - 4
    assert list(FrameDecoder(max_frame_bytes=size).feed(encode(FAILURE))) == [FAILURE]
    with pytest.raises(ProtocolError):
        list(FrameDecoder(max_frame_bytes=size - 1).feed(encode(FAILURE)))


def test_message_beyond_the_limit_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sender notices itself what its peer would refuse."""
    monkeypatch.setattr(wire, "MAX_FRAME_BYTES", len(encode(RESULT)) - 5)
    with pytest.raises(ProtocolError, match="a result of"):
        encode(RESULT)


def test_largest_body_fits_into_a_frame() -> None:
    """What surrounds a body is smaller than what is set aside for it, with every number at its largest."""
    most = (1 << 64) - 1
    timings_ms = {f"stage {number}": 1e300 for number in range(1000)}
    result = dataclasses.replace(RESULT, job_id=most, width=most, height=most, frames=most, timings_ms=timings_ms)
    assert len(encode(result)) - len(result.body) < MAX_FRAME_BYTES - MAX_BODY_BYTES


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xc1",
        msgpack.packb(None),
        msgpack.packb([]),
        msgpack.packb({}),
        msgpack.packb("hello"),
        msgpack.packb({"type": "hello"}),
        msgpack.packb({"type": "Hello"}),
        msgpack.packb({"type": None}),
        msgpack.packb({"type": []}),
        msgpack.packb({"type": {}}),
        msgpack.packb({"type": b"hello"}),
        msgpack.packb({b"type": "hello"}),
        msgpack.packb({1: "hello"}),
        msgpack.packb({"type": msgpack.ExtType(5, b"hello")}),
        msgpack.packb(msgpack.Timestamp(1)),
        b"\x81\xa4type\xa5h\xffllo",
        encode(FAILURE)[4:-1],
        encode(FAILURE)[4:] + b"\xc0",
        encode(FAILURE)[4:] * 2,
        b"\x91" * 100_000,
        b"\x91" * 1000 + b"\xc0",
        b"\x81\xa1a" * 100_000,
        b"\xdd\xff\xff\xff\xff",
        b"\xdf\xff\xff\xff\xff",
        b"\xc6\xff\xff\xff\xff",
        b"\xdb\xff\xff\xff\xff",
        b"\xc9\xff\xff\xff\xff\xff",
        b"\xd7\xff" + b"\xff" * 8,
    ],
)
def test_what_is_no_message_is_refused(body: bytes) -> None:
    """No msgpack, no map, no known type, nested without end or claiming more than there is: ProtocolError."""
    with pytest.raises(ProtocolError):
        decode(frame(body))


def test_arrays_that_claim_much_are_not_believed() -> None:
    """Thousands of nested arrays that claim as many elements as the frame has bytes are not made room for."""
    size = 200_000
    body = (b"\xdd" + struct.pack(">I", size)) * 1000 + b"\xc0" * size
    tracemalloc.start()
    try:
        with pytest.raises(ProtocolError):
            decode(frame(body))
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak_bytes < 10 * size


@each_sample
def test_missing_or_further_fields_are_refused(message: Message) -> None:
    """A peer of another version is noticed, not guessed at."""
    fields = fields_of(message)
    for name in fields:
        with pytest.raises(ProtocolError):
            decode(frame_of({key: value for key, value in fields.items() if key != name}))
    for name in ("more", "", "__class__"):
        with pytest.raises(ProtocolError):
            decode(frame_of({**fields, name: 1}))


def wrong_values(value: object, hint: Any) -> Iterable[object]:  # noqa: ANN401 - a type, of any kind
    """Values of other types than ``value`` has, which its annotation does not allow either."""
    others: tuple[object, ...] = (None, True, 7, 7.5, "seven", b"seven", [7], ["seven", 7], {"a": None}, {})
    for other in others:
        if isinstance(hint, types.UnionType) and (other is None or type(other) in get_args(hint)):
            continue
        if type(other) is not type(value) and not (type(value) is float and type(other) is int):
            yield other


@each_sample
def test_value_of_another_type_is_refused(message: Message) -> None:
    """Every field is checked, however near the value comes: a bool is no number, bytes are no text."""
    fields, hints = fields_of(message), get_type_hints(type(message))
    for name, value in fields.items():
        for wrong in wrong_values(value, hints[name]):
            with pytest.raises(ProtocolError):
                decode(frame_of({**fields, name: wrong}))


@pytest.mark.parametrize(
    ("message", "changes"),
    [
        (HELLO, {"decodes": ["jpeg", 7]}),
        (HELLO, {"decodes": [["jpeg"]]}),
        (HELLO, {"versions": {"pillow": 13}}),
        (HELLO, {"versions": {b"pillow": "13"}}),
        (RESULT, {"timings_ms": {"decode": "3"}}),
        (RESULT, {"timings_ms": {"decode": True}}),
        (INSPECTION, {"palette": [{"color": "#102030", "share": "all"}]}),
        (INSPECTION, {"palette": [{"color": "#102030"}]}),
        (INSPECTION, {"exif": {"camera_make": 7}}),
        (INSPECTION, {"latitude": "33.9"}),
        (JOB, {"limits": {"max_pixels": 1}}),
        (JOB, {"source": {"path": None, "stamp": {"size_bytes": 1}, "data": None, "extension": ""}}),
        (JOB, {"source": {"path": 7, "stamp": None, "data": None, "extension": ""}}),
    ],
)
def test_inner_values_are_checked_too(message: Message, changes: dict[str, object]) -> None:
    """Elements, keys and the fields of what is inside a field have their types."""
    with pytest.raises(ProtocolError):
        decode(frame_of({**fields_of(message), **changes}))


def test_damaged_frames_are_refused_or_well_typed() -> None:
    """Ten thousand damaged frames: not one breaks the decoder, or gives a field of another type than declared."""
    dice = random.Random(20_261_121)
    refused = 0
    for _ in range(10_000):
        body = bytearray(encode(dice.choice(SAMPLES))[4:])
        for _ in range(dice.choice((1, 1, 2, 8))):
            at = dice.randrange(len(body))
            body[at : at + dice.randrange(3)] = dice.randbytes(dice.randrange(3))
        try:
            assert all(map(is_well_typed, decode(frame(bytes(body)))))
        except ProtocolError:
            refused += 1
    assert refused > 5_000


def test_noise_is_refused_or_waited_for() -> None:
    """Bytes without a length before them are a length that lies, or one that is waited for."""
    dice = random.Random(20_261_121)
    for _ in range(2_000):
        decoder = FrameDecoder(max_frame_bytes=200)
        try:
            assert list(decoder.feed(dice.randbytes(dice.randrange(300)))) == []
        except ProtocolError:
            continue


def test_good_messages_before_a_bad_one_are_yielded() -> None:
    """What came whole is delivered before the peer is given up."""
    feed = FrameDecoder().feed(encode(HELLO) + encode(RESULT) + frame(b"\xc1") + encode(FAILURE))
    assert [next(feed), next(feed)] == [HELLO, RESULT]
    with pytest.raises(ProtocolError):
        next(feed)


def test_decoder_that_met_nonsense_never_recovers() -> None:
    """After a bad frame no later one is taken for good: the peer is out of step."""
    decoder = FrameDecoder()
    for data in (frame(b"\xc1"), encode(HELLO), b""):
        with pytest.raises(ProtocolError):
            list(decoder.feed(data))
