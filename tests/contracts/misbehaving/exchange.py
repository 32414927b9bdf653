"""One request that came to the proxy, and what can be done about it."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import httpx

OF_ONE_HOP = {"connection", "content-length", "keep-alive", "transfer-encoding"}


@dataclass
class Seen:
    """What came in. headers: names in lower case. forwarded: the server behind has had it too."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    forwarded: bool = False


@dataclass(frozen=True)
class Reply:
    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    def head(self, length: int | None = None) -> bytes:
        """The head; without a length, one whose body has no end that it tells. An answer that can have no body tells none."""
        lines = [f"HTTP/1.1 {self.status} Whatever", *(f"{name}: {value}" for name, value in self.headers.items())]
        if length is not None and self.status not in (204, 304):
            lines.append(f"Content-Length: {length}")
        return "\r\n".join([*lines, "", ""]).encode("latin-1")


@dataclass
class Exchange:
    """A request, and the connection that it came on. number: that of the request, from 1."""

    number: int
    seen: Seen
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    client: httpx.AsyncClient
    scheme: str

    async def forward(self, **headers: str) -> Reply:
        """Send it to the server behind, with some headers replaced, and return what that says."""
        self.seen.forwarded = True
        kept = {name: value for name, value in self.seen.headers.items() if name not in OF_ONE_HOP}
        sent = {**kept, "x-forwarded-proto": self.scheme, **headers}
        request = self.client.build_request(self.seen.method, self.seen.path, headers=sent, content=self.seen.body or None)
        answer = await self.client.send(request, stream=True)
        body = b"".join([part async for part in answer.aiter_raw()])
        await answer.aclose()
        return Reply(answer.status_code, body, {name: value for name, value in answer.headers.items() if name not in OF_ONE_HOP})

    async def answer(self, reply: Reply) -> None:
        """Answer as any server does."""
        body = b"" if self.seen.method == "HEAD" or reply.status in (204, 304) else reply.body
        await self.send(reply.head(len(reply.body)) + body)

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()
        # What is written without end would never let the loop see that nobody reads any more.
        await asyncio.sleep(0)

    async def drip(self, data: bytes, pause: float) -> None:
        for number in range(len(data)):
            await self.send(data[number : number + 1])
            await asyncio.sleep(pause)

    def drop(self) -> None:
        """End the connection."""
        self.writer.close()

    def reset(self) -> None:
        """End the connection with a RST: what is under way is lost."""
        connected: socket.socket = self.writer.get_extra_info("socket")
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


Trouble = Callable[[Exchange], Awaitable[None]]
