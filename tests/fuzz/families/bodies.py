"""Bodies: JSON that is none or odd, and the chunks that it comes in."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from random import Random

from .. import odd
from ..draft import Draft, draft
from ..operations import operations
from ..vocabulary import Vocabulary

NUMBERS = (b"NaN", b"Infinity", b"-Infinity", b"1e999", b"-0", b"9" * 5000, b"1" + b"0" * 400, b"0x10", b"01", b"1.", b".5", b"+1", b"1e-999", b"-")
WORDS = (
    b"null",
    b"true",
    b"undefined",
    b"'x'",
    b"//x",
    b"",
    b'"\\u0000"',
    b'"\\ud800"',
    b'"\\udc00\\ud800"',
    b'"\xff"',
    b'"\x00"',
    b'"\n"',
    b'"\\x"',
)
BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff", b" \t\r\n", b"\x0b", b"\xc2\xa0", b")]}',\n", b"//\n")
CHARSETS = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig", "utf-7", "cp037", "latin-1")


def with_body(rng: Random, words: Vocabulary) -> Draft:
    """Return a draft of an operation that takes a body."""
    made = draft(rng, words, rng.choice([operation for operation in operations() if operation.bodies]))
    if not isinstance(made.body, dict) or not made.body:
        made.body = {"x": "y"}
    return made


def json_level(rng: Random, words: Vocabulary) -> list[bytes | int]:
    """Spoil the text of a body once; its framing and its media type fit."""
    made = with_body(rng, words)
    return [made.request(rng.choice(JSON)(rng, made.body)).raw]


def _member(rng: Random, body: dict[str, object], text: bytes) -> bytes:
    """Put a text in the place of one field's value."""
    name = rng.choice(list(body))
    pairs = [json.dumps(key).encode() + b": " + (text if key == name else json.dumps(value).encode()) for key, value in body.items()]
    return b"{" + b", ".join(pairs) + b"}"


def _duplicate(rng: Random, body: dict[str, object]) -> bytes:
    name = rng.choice(list(body))
    spelled = rng.choice((json.dumps(name), '"' + "".join(f"\\u{ord(letter):04x}" for letter in name[:30]) + '"'))
    pair = f"{spelled}: {json.dumps(rng.choice((body[name], odd.value(rng))))}".encode()
    plain = json.dumps(body).encode()
    return b"{" + pair + b", " + plain[1:] if rng.random() < 0.5 else plain[:-1] + b", " + pair + b"}"


def _deep(rng: Random, body: dict[str, object]) -> bytes:
    depth = rng.choice((10, 63, 64, 65, 100, 500, 990, 1000, 5000, 50000))
    opening, closing = rng.choice(((b"[", b"]"), (b'{"a":', b"}")))
    nest = opening * depth + rng.choice((b"", b"1")) + closing * rng.choice((depth, depth, depth - 1, 0))
    return rng.choice((nest, _member(rng, body, nest), json.dumps(body).encode()[:-1] + b', "ignored": ' + nest + b"}"))


def _cut(rng: Random, body: dict[str, object]) -> bytes:
    plain = json.dumps(body).encode()
    return plain[: rng.randrange(len(plain))]


def _around(rng: Random, body: dict[str, object]) -> bytes:
    plain = json.dumps(body).encode()
    return rng.choice((rng.choice(BOMS) + plain, plain + rng.choice((b"x", b"{}", b"\0", b",", b"\n", plain)), plain + b" " * rng.choice((1, 9000))))


def _coded(rng: Random, body: dict[str, object]) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode(rng.choice(CHARSETS), "replace")


def _swapped(rng: Random, body: dict[str, object]) -> bytes:
    plain = json.dumps(body).encode()
    place = rng.randrange(len(plain))
    return plain[:place] + odd.octets(rng, 3) + plain[place + rng.randrange(3) :]


def _long(rng: Random, body: dict[str, object]) -> bytes:
    size = rng.choice((5000, 65536, 200_000, 1024 * 1024, 1024 * 1024 + 1)) if rng.random() < 0.2 else 5000
    return rng.choice((_member(rng, body, b'"' + b"A" * size + b'"'), json.dumps(body).encode() + b" " * size, b"[" + b"0," * (size // 2) + b"0]"))


JSON: tuple[Callable[[Random, dict[str, object]], bytes], ...] = (
    lambda rng, body: _member(rng, body, rng.choice(NUMBERS)),
    lambda rng, body: _member(rng, body, rng.choice(WORDS)),
    lambda rng, body: _member(rng, body, json.dumps(odd.value(rng)).encode()),
    _duplicate,
    _duplicate,
    _deep,
    _cut,
    _around,
    _coded,
    _swapped,
    _long,
)

SIZES = (
    b"0x5",
    b"-1",
    b"+5",
    b"5 ",
    b" 5",
    b"",
    b"g",
    b"ffffffffffffffff",
    b"10000000000000000",
    b"fffffffffffffffff0",
    b"5\r",
    b"5\n",
    b"0_5",
    b"05" * 40,
)
EXTENSIONS = (b";a", b";a=b", b';a="b"', b';a="\r\n"', b";" + b"x" * 20000, b";\x00", b"; ; ;", b';"')
TRAILERS = (
    b"X: y\r\n",
    b"Content-Length: 5\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Authorization: Bearer x\r\n",
    b"bad\r\n",
    b": x\r\n",
    b"\0: x\r\n",
)


def chunked(rng: Random, words: Vocabulary) -> list[bytes | int]:
    """Send a right body in chunks, of which one detail is wrong or odd."""
    request = with_body(rng, words).request()
    content = request.body
    pieces = []
    while content:
        size = rng.choice((1, 3, 16, len(content)))
        pieces.append(content[:size])
        content = content[size:]
    chunks = [[b"%x" % len(piece), b"\r\n", piece, b"\r\n"] for piece in pieces] + [[b"0", b"\r\n", b"", b"\r\n"]]
    head = replace(request, framed=False, body=b"").adding((b"Transfer-Encoding", b"chunked")).raw
    return [head + b"".join(part for chunk in _spoilt(rng, chunks) for part in chunk)]


def _spoilt(rng: Random, chunks: list[list[bytes]]) -> list[list[bytes]]:
    what = rng.randrange(9)
    chunk = rng.choice(chunks)
    if what == 0:
        chunk[0] = rng.choice(SIZES)
    elif what == 1:
        chunk[0] += rng.choice(EXTENSIONS)
    elif what == 2:
        chunks[-1][3] = rng.choice(TRAILERS) * rng.choice((1, 1, 200)) + b"\r\n"
    elif what == 3:
        chunk[rng.choice((1, 3))] = rng.choice((b"\n", b"\r", b"", b"\r\r\n", b"\n\r"))
    elif what == 4:
        chunk[2] += odd.octets(rng, 4)
    elif what == 5:
        del chunks[-1]
    elif what == 6:
        chunks = [*chunks[: rng.randrange(len(chunks))], [chunk[0]]]
    elif what == 7:
        chunk[0] = b"0" * rng.choice((1, 10, 5000)) + chunk[0]
    return chunks
