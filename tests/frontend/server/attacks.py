"""What bad clients do to a server. The lists at the end name them by what they are after."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from h2.errors import ErrorCodes
from h2.settings import SettingCodes
from hyperframe.frame import ContinuationFrame, DataFrame, HeadersFrame, PingFrame, PriorityFrame, SettingsFrame

from tests.frontend.server.https_serving import Clients, read_to_end, vanish
from tests.http_client import Http2Client

Attack = Callable[[Clients], Awaitable[object]]

_HEAD: list[tuple[str, str | bytes]] = [
    (":method", "GET"),
    (":path", "/held"),
    (":scheme", "https"),
    (":authority", "localhost"),
]


async def data_after_the_answer(server: Clients) -> None:
    client = await server.http2()
    stream_id = await client.ask("/early", method="POST", end_stream=False)
    assert (await client.answer(stream_id)).status == 413
    client.h2.send_data(stream_id, bytes(10_000), end_stream=True)
    await client.flush()
    assert (await client.get("/next")).is_complete


async def path_beyond_ascii(server: Clients) -> None:
    client = await server.http2()
    assert (await client.get("/café".encode())).reset is not None
    assert (await client.get("/next")).is_complete


async def method_beyond_ascii(server: Clients) -> None:
    client = await server.http2()
    assert (await client.answer(await client.ask("/", method="GËT".encode()))).reset is not None
    assert (await client.get("/next")).is_complete


async def connect_without_path(server: Clients) -> None:
    client = await server.http2()
    stream_id = await client.ask_with([(":method", "CONNECT"), (":authority", "localhost")])
    assert (await client.answer(stream_id)).reset is not None
    assert (await client.get("/next")).is_complete


async def a_thousand_priorities(server: Clients) -> None:
    client = await server.http2()
    await client.flush(b"".join(PriorityFrame(number).serialize() for number in range(3, 2203, 2)))
    assert await client.closed() is not None


async def gone_mid_download(server: Clients) -> None:
    client = await server.http1()
    await client.ask("/big")
    await client.stream.receive_some()
    vanish(client.transport)


async def gone_mid_download_http2(server: Clients) -> None:
    client = await server.http2()
    stream_id = await client.ask("/big")
    while not client.answers[stream_id].body:
        await client.read()
    vanish(client.transport)


async def gone_mid_upload(server: Clients) -> None:
    stream = await server.connect_tls("http/1.1")
    await stream.send_all(
        b"POST /up HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999999\r\n\r\n" + bytes(50_000)
    )
    vanish(stream.transport_stream)


async def gone_mid_upload_http2(server: Clients) -> None:
    client = await server.http2()
    stream_id = await client.ask("/up", method="POST", end_stream=False)
    client.h2.send_data(stream_id, bytes(10_000))
    await client.flush()
    vanish(client.transport)


async def gone_before_the_handshake(server: Clients) -> None:
    vanish(await server.connect())


async def gone_mid_handshake(server: Clients) -> None:
    stream = await server.connect()
    await stream.send_all(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
    await stream.aclose()


async def nonsense_for_a_handshake(server: Clients) -> None:
    stream = await server.connect()
    await stream.send_all(b"\x16" + bytes(range(255)))
    await read_to_end(stream)


async def nonsense_for_http2(server: Clients) -> None:
    async with await server.connect_tls("h2") as stream:
        await stream.send_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" + bytes(1000))
        await read_to_end(stream)


async def half_closed(server: Clients) -> None:
    client = await server.http1()
    await client.ask("/held")
    await client.transport.send_eof()
    await read_to_end(client.stream)


async def rapid_reset(server: Clients) -> Http2Client:
    client = await server.http2()
    for _ in range(40):
        for _ in range(50):
            stream_id = client.h2.get_next_available_stream_id()
            client.h2.send_headers(stream_id, _HEAD, end_stream=True)
            client.h2.reset_stream(stream_id, ErrorCodes.CANCEL)
        await client.flush()
    return client


async def ping_flood(server: Clients) -> Http2Client:
    client = await server.http2()
    await client.flush(PingFrame(0, opaque_data=b"flooding").serialize() * 2000)
    return client


async def settings_flood(server: Clients) -> Http2Client:
    client = await server.http2()
    frame = SettingsFrame(0, settings={int(SettingCodes.INITIAL_WINDOW_SIZE): 60_000})
    await client.flush(frame.serialize() * 2000)
    return client


async def empty_data_flood(server: Clients) -> Http2Client:
    client = await server.http2()
    stream_id = await client.ask("/held", method="POST", end_stream=False)
    await client.flush(DataFrame(stream_id).serialize() * 2000)
    return client


async def continuation_flood(server: Clients) -> Http2Client:
    client = await server.http2()
    frames = [HeadersFrame(1, data=b"\x82").serialize()]
    frames += [ContinuationFrame(1, data=bytes(100)).serialize()] * 200
    await client.flush(b"".join(frames))
    return client


async def headers_without_end(server: Clients) -> Http2Client:
    client = await server.http2()
    await client.ask_with([*_HEAD, *((f"x-{number}", "y" * 1000) for number in range(60))])
    return client


END_HYPERCORN: list[Attack] = [
    data_after_the_answer,
    path_beyond_ascii,
    method_beyond_ascii,
    connect_without_path,
    a_thousand_priorities,
]
BREAK_OFF: list[Attack] = [
    gone_mid_download,
    gone_mid_download_http2,
    gone_mid_upload,
    gone_mid_upload_http2,
    gone_before_the_handshake,
    gone_mid_handshake,
    nonsense_for_a_handshake,
    nonsense_for_http2,
    half_closed,
]
FLOOD: list[tuple[Callable[[Clients], Awaitable[Http2Client]], ErrorCodes]] = [
    (rapid_reset, ErrorCodes.ENHANCE_YOUR_CALM),
    (ping_flood, ErrorCodes.ENHANCE_YOUR_CALM),
    (settings_flood, ErrorCodes.ENHANCE_YOUR_CALM),
    (empty_data_flood, ErrorCodes.ENHANCE_YOUR_CALM),
    (continuation_flood, ErrorCodes.PROTOCOL_ERROR),
    (headers_without_end, ErrorCodes.ENHANCE_YOUR_CALM),
]
