"""What stands in a request's target."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from ..draft import draft
from ..vocabulary import Vocabulary

INSERTS = (
    b"%00", b"%2F", b"%2f", b"%5C", b"%", b"%zz", b"%ff", b"%C0%AF", b"%u0041", b"%25", b"%0d%0aX:%20y", b"%ED%A0%80", b"%E2%80%AE", b"..",
    b"/../", b"/./", b"//", b"%2e%2e/", b"..;/", b";x=y", b"?", b"?a=b&a=c", b"?%ff", b"#x", b"\xff", b"\xc3\xa9", b"\0", b"\t", b"\x0b",
    b"\x7f", b"\\", b"*", b"+", b"~", b"{", b"|", b"^", b"`", b"'", b'"', b"<", b"a" * 300, b"a" * 9000, b"a" * 70000, b"/x" * 2000,
    b"%41" * 3000, b"/", b":", b"@", b"&", b"=", b"?" + b"a=b&" * 3000,
)  # fmt: skip
ELSEWHERE = (
    b"*", b"/", b"", b"x", b"//", b"/..", b"/%2e%2e/", b"http://", b"http://x", b"http:/x", b"http://[", b"http://x:99999/", b"http://a@b/",
    b"/_mock", b"/worlds", b"/worlds/", b"/worlds/attacked", b"/worlds//x", b"/worlds/%00/x", b"/worlds/../api", b"/worlds/a%2Fb/x",
    b"/api", b"/api/", b"/api/apps", b"/api/apps//", b"/ownerships/", b"/ownerships/x", b"/favicon.ico", b"/.git/config", b"/etc/passwd",
    b"127.0.0.1:80", b"/\xff", b"/api/oauth2", b"?", b"#", b"/?x",
)  # fmt: skip


def path_level(rng: Random, words: Vocabulary) -> list[bytes | int]:
    """Spoil a request's target."""
    request = draft(rng, words).request()
    target = request.target
    for _ in range(rng.choice((1, 1, 2))):
        target = _target(rng, target)
    return [replace(request, target=target).raw]


def _target(rng: Random, target: bytes) -> bytes:
    place = rng.randrange(len(target) + 1)
    shape = rng.randrange(8)
    if shape <= 3:
        return target[:place] + rng.choice(INSERTS) + target[place:]
    if shape == 4:
        return target[:place] + b"%%%02X" % target[place] + target[place + 1 :] if place < len(target) else target + b"/"
    if shape == 5:
        return rng.choice((b"http://127.0.0.1", b"https://evil.example:8", b"http://a b", b"ftp://x", b"http://127.0.0.1\\", b"//x")) + target
    if shape == 6:
        parts = target.split(b"/")
        index = rng.randrange(len(parts))
        return b"/".join([*parts[:index], rng.choice((b"", b".", b"..", b"%2e", b"x", parts[index].swapcase())), *parts[index + 1 :]])
    return rng.choice(ELSEWHERE)
