"""ownership-mock serve over TLS: with a certificate made at start, and with one that is brought along."""

from __future__ import annotations

import contextlib
import socket
import ssl
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import trustme

from tests.serving import Running, serving

# Under xdist one worker makes what these tests share.
pytestmark = pytest.mark.xdist_group("tls")


@dataclass
class Secured:
    """A server that serves TLS: what runs, the folder it was started in, and a client that trusts its CA alone."""

    running: Running
    folder: Path
    http: httpx.Client


def trusting(ca: Path) -> httpx.Client:
    return httpx.Client(trust_env=False, verify=ssl.create_default_context(cafile=ca), timeout=60)


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    folder = tmp_path_factory.mktemp("tls")
    with serving(folder, "--tls", "--write-target", "target.toml", cwd=folder) as running, trusting(folder / "ownership-mock-ca.pem") as http:
        yield Secured(running, folder, http)


def test_the_ready_lines_say_https_and_where_the_ca_is(secured: Secured) -> None:
    assert secured.running.url.startswith("https://127.0.0.1:")
    assert secured.running.process.stdout is not None
    assert str(secured.folder / "ownership-mock-ca.pem") in secured.running.process.stdout.readline()


def test_the_target_file_says_https_and_names_the_ca(secured: Secured) -> None:
    target = tomllib.loads((secured.folder / "target.toml").read_text())
    assert (target["base_url"], target["control"]) == (secured.running.url, f"{secured.running.url}/_mock/api")
    assert target["ca"] == str(secured.folder / "ownership-mock-ca.pem")


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_whoever_trusts_the_ca_is_served_under_every_name_of_this_machine(name: str, secured: Secured) -> None:
    port = urlsplit(secured.running.url).port
    assert secured.http.get(f"https://{name}:{port}/_mock/api/health").json()["status"] == "ok"
    assert secured.http.get(f"https://{name}:{port}/ownerships").status_code == 405


def test_whoever_does_not_is_not(secured: Secured) -> None:
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx.get(secured.running.url, trust_env=False)


def test_plain_http_gets_nothing_on_that_port(secured: Secured) -> None:
    with pytest.raises(httpx.TransportError):
        httpx.get(secured.running.url.replace("https:", "http:"), trust_env=False)


def test_the_certificate_is_valid_for_a_year_at_most_as_browsers_want_it(secured: Secured) -> None:
    context = ssl.create_default_context(cafile=secured.folder / "ownership-mock-ca.pem")
    where = urlsplit(secured.running.url)
    with context.wrap_socket(
        socket.create_connection((where.hostname or "", where.port or 0), timeout=10), server_hostname="localhost"
    ) as connection:
        shown: Any = connection.getpeercert()
    assert shown
    times = [ssl.cert_time_to_seconds(shown[key]) for key in ("notBefore", "notAfter")]
    assert 0 < times[1] - times[0] <= 366 * 86400
    names = {value for _, value in shown["subjectAltName"]}
    assert names == {"localhost", "127.0.0.1", "0:0:0:0:0:0:0:1"}


def test_a_worlds_urls_say_https_too_and_the_console_still_finds_its_control_api(secured: Secured) -> None:
    made = secured.http.post(f"{secured.running.url}/_mock/api/worlds", json={}).json()
    assert made["base_url"].startswith(secured.running.url)
    page = secured.http.get(f"{secured.running.url}/_mock/")
    assert (page.status_code, made["name"] in page.text) == (200, True)


def test_every_start_makes_a_ca_of_its_own_where_it_is_told_to(tmp_path: Path, secured: Secured) -> None:
    with serving(tmp_path, "--tls", "--tls-ca", str(tmp_path / "mine.pem"), "--host", "localhost") as running:
        with trusting(tmp_path / "mine.pem") as http:
            assert http.get(f"{running.url}/_mock/api/health").status_code == 200
        assert running.url.startswith("https://localhost:")
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            secured.http.get(running.url)


# ---------------------------------------------------------------------------------------------------- a certificate of one's own


@dataclass
class Own:
    ca: Path
    certfile: Path
    keyfile: Path


@contextlib.contextmanager
def served(own: Own, folder: Path, *options: str) -> Iterator[Running]:
    with serving(folder, "--certfile", str(own.certfile), "--keyfile", str(own.keyfile), *options) as running:
        yield running


def make(folder: Path, *names: str) -> Own:
    authority = trustme.CA()
    leaf = authority.issue_cert(*names)
    own = Own(folder / "ca.pem", folder / "cert.pem", folder / "key.pem")
    authority.cert_pem.write_to_path(own.ca)
    leaf.private_key_pem.write_to_path(own.keyfile)
    for part in leaf.cert_chain_pems:
        part.write_to_path(own.certfile, append=True)
    return own


def test_a_certificate_of_ones_own_is_the_one_that_is_shown(tmp_path: Path) -> None:
    own = make(tmp_path, "127.0.0.1")
    with served(own, tmp_path, "--write-target", str(tmp_path / "target.toml")) as running, trusting(own.ca) as http:
        assert running.url.startswith("https://127.0.0.1:")
        assert http.get(f"{running.url}/_mock/").status_code == 200
    target = tomllib.loads((tmp_path / "target.toml").read_text())
    assert (target["base_url"], "ca" in target) == (running.url, False)
    assert not list(tmp_path.glob("ownership-mock-ca*"))


def test_the_console_works_with_a_certificate_for_another_name(tmp_path: Path) -> None:
    own = make(tmp_path, "mock.example")
    context = ssl.create_default_context(cafile=own.ca)
    context.check_hostname = False
    with served(own, tmp_path) as running, httpx.Client(trust_env=False, verify=context, timeout=60) as http:
        assert http.get(f"{running.url}/_mock/").status_code == 200
