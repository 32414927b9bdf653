"""A request as a line for a shell, its secrets as variables."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from urllib.parse import quote

from .fixtures import PICK, Binding
from .live.paths import SEGMENT
from .request import Request
from .shown import SHORTEST_SECRET, credentials, named_secrets
from .target import Target
from .targets.urls import proxy_secret

LONGEST = 4_000
"""Characters of a body that a line may hold."""
_NAME = re.compile(r"\w", re.ASCII)
_PLAIN = re.compile(r"""[^"$`\\!\x00-\x1f\x7f]*""")
"""What stands for itself between double quotes, in a script and where a shell is typed at."""


def curl_line(asked: Request, binding: Binding, principal: str, target: Target) -> str:
    """Return a curl command that sends the request again, once the variables in it are set; an empty text where no argument can carry its body.

    principal: who calls. A variable is named after the principal whose credential it stands for, after the fixture's field, or after the header
    that goes out with every request. target: base_url is where the request's path begins, headers are those that go there.
    """
    body = (asked.content or b"").decode("utf-8", "replace")
    if "\0" in body or len(body) > LONGEST:
        return ""
    names = _names(binding, principal, target)
    url = target.base_url + asked.path
    words = ["curl", "-sS", *_way(target), *_how(asked, url), _word(url, names)]
    words += [part for name, value in _headers(asked, target).items() for part in ("-H", _word(f"{name}: {value}" if value else f"{name};", names))]
    # What curl would say of a body by itself is taken back where the request says nothing.
    words += ["-H", "Content-Type:"] if asked.content is not None and "content-type" not in map(str.lower, asked.headers) else []
    words += ["--data-raw", _word(body, names)] if asked.content is not None else []
    return " ".join(words)


def _way(target: Target) -> Iterator[str]:
    """Yield the options of what is trusted, of what the client shows of itself, and of the proxy: a password of it is the variable PROXY_PASSWORD."""
    shown = {"cacert": target.ca, "cert": target.certificate, "key": target.key}
    files = [(option, shlex.quote(file)) for option, file in shown.items() if file]
    yield from (part for option, file in files for part in (f"--{option}", file))
    if target.proxy:
        secret = proxy_secret(target.proxy)
        yield from ("--proxy", _word(target.proxy, {secret: "PROXY_PASSWORD"} if secret else {}))
    if target.proxy and target.proxy.startswith("https:"):
        yield from (part for option, file in files for part in (f"--proxy-{option}", file))


def _how(asked: Request, url: str) -> Iterator[str]:
    """Yield the options of the method, and those without which curl would make another URL of this one."""
    if asked.method == "HEAD":
        yield "--head"
    else:
        yield "-i"
        if asked.method != "GET" or asked.content is not None:
            yield from ("-X", asked.method)
    if set(url) & set("{}[]"):
        yield "--globoff"
    if "/." in asked.path:
        yield "--path-as-is"


def _headers(asked: Request, target: Target) -> dict[str, str]:
    own = {name.lower() for name in asked.headers}
    every = {name: value for name, value in target.headers.items() if name.lower() not in own}
    return {name: value.strip() for name, value in {**asked.headers, **every}.items()}


def _names(binding: Binding, principal: str, target: Target) -> dict[str, str]:
    """Return the variable for each secret that the row or the target knows, as it may stand in a request."""
    found: dict[str, str] = {}
    for name in sorted(binding.principals, key=lambda name: name != principal):
        for header, value in binding.principals[name].items():
            for secret in credentials({header: value}):
                kind = header if header != "Authorization" else {"Bearer": "token"}.get(value.partition(" ")[0], value.partition(" ")[0])
                found.setdefault(secret, name if name.lower().endswith(kind.lower()) else f"{name}_{kind}")
    for path, secret in named_secrets({name: value for name, value in binding.values.items() if name != PICK}):
        found.setdefault(secret, "_".join(path))
    for number, secret in enumerate(sorted(binding.learnt), 1):
        found.setdefault(secret, f"secret_{number}")
    for name, secret in target.headers.items():
        found.setdefault(secret, f"header_{name}")
    return dict(_forms({secret: _variable(name) for secret, name in found.items() if len(secret) >= SHORTEST_SECRET}))


def _variable(name: str) -> str:
    return re.sub(r"\W+", "_", name, flags=re.ASCII).upper()


def _forms(names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield each secret as it is, and as it is written in JSON or in a URL where that differs."""
    for secret, name in names.items():
        yield json.dumps(secret)[1:-1], f"{name}_IN_JSON"
        yield quote(secret, safe=SEGMENT), f"{name}_IN_URL"
    yield from names.items()


def _word(text: str, names: Mapping[str, str]) -> str:
    """Return the text as one word of a shell, with variables for the secrets in it."""
    if not names:
        return _literal(text)
    parts = re.split("(" + "|".join(re.escape(secret) for secret in sorted(names, key=len, reverse=True)) + ")", text)
    literals, secrets = parts[::2], parts[1::2]
    if not secrets:
        return _literal(text)
    if all(_PLAIN.fullmatch(literal) and literal.isprintable() for literal in literals):
        # Braces only where the name would else go on.
        followed = [_NAME.match(literal) for literal in literals[1:]]
        variables = [f"${{{names[secret]}}}" if more else f"${names[secret]}" for secret, more in zip(secrets, followed, strict=True)]
        return '"' + "".join(part for pair in zip(literals, [*variables, ""], strict=True) for part in pair) + '"'
    return "".join(f'"${names[part]}"' if number % 2 else _literal(part) if part else "" for number, part in enumerate(parts))


def _literal(text: str) -> str:
    if text.isprintable():
        return shlex.quote(text)
    return "$'" + "".join(chr(byte) if 32 <= byte < 127 and byte not in b"'\\" else f"\\x{byte:02x}" for byte in text.encode()) + "'"  # noqa: PLR2004 - ASCII's printable
