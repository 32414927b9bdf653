"""The command ownership-mock, as a process."""

from __future__ import annotations

import contextlib
import io
import re
import signal
import socket
import subprocess
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme
from ownership_contracts import specs
from ownership_contracts.mockserver import cli

from tests.mockserver.documented import faults
from tests.serving import MOCK, Running, serving

Run = Callable[..., subprocess.CompletedProcess[str]]
# A command that cannot start says so at once; one that starts all the same is ended by this.
LONGEST = 60

STORY = """
summary: One lamp and one gateway.
world:
  kii:
    apps:
      my-app:
        key: my-key
        admin: {token: my-admin}
        users: {me: {id: my-user}}
        things: {my-lamp: {id: th.my-lamp, password: secret}}
  connhex:
    users: {me: {token: my-token, cookie: my-cookie}}
    devices: {GW-1: {}}
settings:
  kii: {unknown_app: unauthorized}
"""


def read(running: Running, world: str = "default") -> dict[str, Any]:
    answer = httpx.get(f"{running.url}/_mock/api/worlds/{world}", trust_env=False)
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


@contextlib.contextmanager
def kept_port() -> Iterator[int]:
    """A port on which nobody listens, and which nobody who asks for any port is given meanwhile; the server may take it."""
    with socket.socket() as keeper:
        keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        keeper.bind(("127.0.0.1", 0))
        yield keeper.getsockname()[1]


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def written(path: Path, text: str) -> str:
    path.write_text(text)
    return str(path)


# ---------------------------------------------------------------------------------------------------- what it says and serves


def test_the_ready_line_is_followed_by_each_vendors_principals_with_a_header_ready_to_paste(tmp_path: Path) -> None:
    with serving(tmp_path) as running:
        state = read(running)["state"]
        running.process.terminate()
        assert running.process.stdout is not None
        printed = running.process.stdout.read()
    assert running.printed == [f"ownership-mock ready at {running.url}  (console: {running.url}/_mock/)\n"]
    sections = dict(re.findall(r"^(\S+):\n((?:  .+\n)+)", printed, re.MULTILINE))
    assert list(sections) == list(specs.vendors())
    for vendor, lines in sections.items():
        rows = [tuple(re.split(r"\s{2,}", line.strip(), maxsplit=1)) for line in lines.splitlines()]
        assert rows == [(row["who"], row["credential"]) for row in state[vendor]["principals"]]


def test_every_header_that_is_shown_is_taken_for_the_principal_that_it_is_shown_with(mock: Running, http: httpx.Client) -> None:
    world = mock.world()
    at = f"{mock.url}/_mock/api/worlds/{world['name']}"
    state = http.get(at).json()["state"]
    for row in state["kii"]["principals"]:
        name, value = row["credential"].split(": ", 1)
        thing = next(app for app in world["kii"]["apps"] if app["id"] == row["who"].split()[0])["things"][0]["id"]
        url = f"{world['base_url']}/api/apps/{row['who'].split()[0]}/things/{thing}/ownership"
        http.post(url, headers={name: value, "Content-Type": "application/vnd.kii.ThingOwnershipRequest+json"}, json={})
        principal = http.get(at).json()["requests"][-1]["principal"]
        assert principal.split()[:2] == row["who"].split()[:2]
        assert principal.split()[-1] in row["who"]
    for row in state["connhex"]["principals"]:
        name, value = row["credential"].split(": ", 1)
        if name == "Login":
            identifier, password = value.split(" / ")
            action = http.get(f"{world['base_url']}/auth/self-service/login/api").json()["ui"]["action"]
            opened = http.post(action, json={"identifier": identifier, "password": password, "method": "password"})
            http.cookies.clear()
            name, value = "Authorization", f"Bearer {opened.json()['session_token']}"
        http.post(f"{world['base_url']}/ownerships", headers={name: value}, json={"deviceId": "none"})
        principal = http.get(at).json()["requests"][-1]["principal"]
        assert principal.split()[0] == row["who"].split()[0]
        assert principal.endswith("cookie") == (name == "Cookie")


def test_port_0_picks_a_port_that_is_free(tmp_path: Path) -> None:
    with serving(tmp_path) as first, serving(tmp_path) as second:
        assert first.url != second.url
        for running in (first, second):
            assert httpx.get(f"{running.url}/_mock/api/health", trust_env=False).json()["status"] == "ok"


def test_a_port_that_is_named_is_the_one_that_is_served(tmp_path: Path) -> None:
    with kept_port() as port, serving(tmp_path, "--port", str(port)) as running:
        assert running.url == f"http://127.0.0.1:{port}"
        assert answers(port)


@pytest.mark.parametrize("by", ["standard input", "SIGTERM"])
def test_with_until_eof_it_ends_with_its_standard_input_and_a_signal_still_ends_it_before(by: str) -> None:
    words = [*MOCK, "serve", "--port", "0", "--until-eof"]
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    assert "ready" in process.stdout.readline()
    if by == "SIGTERM":
        process.terminate()
    else:
        process.stdin.close()
    assert (process.wait(LONGEST), process.stderr.read()) == (0, "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_exit_code_0_and_no_traceback(number: signal.Signals) -> None:
    process = subprocess.Popen([*MOCK, "serve", "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    ready = process.stdout.readline()
    process.send_signal(number)
    _, errors = process.communicate(timeout=LONGEST)
    assert "ready" in ready
    assert (process.returncode, errors) == (0, "")


# ---------------------------------------------------------------------------------------------------- --vendor


def test_vendor_kii_alone_serves_nothing_of_the_other(tmp_path: Path) -> None:
    target = tmp_path / "target.toml"
    with serving(tmp_path, "--vendor", "kii", "--write-target", str(target)) as running:
        assert httpx.get(f"{running.url}/_mock/api/health", trust_env=False).json()["vendors"] == ["kii"]
        assert list(read(running)["state"]) == ["kii"]
        other = httpx.post(f"{running.url}/ownerships", json={"deviceId": "x"}, trust_env=False)
        refused = httpx.post(f"{running.url}/_mock/api/worlds", json={"settings": {"connhex": {}}}, trust_env=False)
        docs = httpx.get(f"{running.url}/_mock/docs/connhex/openapi.json", trust_env=False)
        own = httpx.get(f"{running.url}/api/none", trust_env=False)
    assert (other.status_code, other.headers["content-type"], other.json()["status"]) == (404, "application/problem+json", 404)
    assert (refused.status_code, docs.status_code) == (400, 404)
    assert not faults(specs.openapi("kii"), None, own)
    assert set(tomllib.loads(target.read_text())) == {"base_url", "control", "kii"}


def test_vendor_connhex_alone_answers_the_others_paths_as_unknown_paths_of_its_own(tmp_path: Path) -> None:
    with serving(tmp_path, "--vendor", "connhex") as running:
        assert list(read(running)["state"]) == ["connhex"]
        other = httpx.get(f"{running.url}/api/apps/a/things/b/ownership", trust_env=False)
        assert read(running)["requests"][-1]["decided"] == "connhex-pick.unknown-path"
    assert other.status_code == 404
    assert not faults(specs.openapi("connhex"), None, other)


def test_vendor_given_again_adds_one(tmp_path: Path) -> None:
    with serving(tmp_path, "--vendor", "connhex", "--vendor", "kii") as running:
        assert set(read(running)["state"]) == {"kii", "connhex"}


# ---------------------------------------------------------------------------------------------------- --write-target


def test_the_target_file_has_base_url_control_and_a_table_for_each_vendor(tmp_path: Path) -> None:
    path = tmp_path / "target.toml"
    with serving(tmp_path, "--write-target", str(path)) as running:
        target = tomllib.loads(path.read_text())
        assert target["base_url"] == running.url
        assert httpx.get(f"{target['control']}/health", trust_env=False).json()["status"] == "ok"
        world = read(running)["state"]
    assert set(target) == {"base_url", "control", *specs.vendors()}
    for vendor in specs.vendors():
        assert target[vendor]["picks"] == {pick.name: pick.default for pick in specs.ledger(vendor).picks.values()}
    assert [app["id"] for app in target["kii"]["apps"]] == [app["id"] for app in world["kii"]["apps"]]
    assert [device["id"] for device in target["connhex"]["devices"]] == [device["id"] for device in world["connhex"]["devices"]]


def test_the_target_file_is_there_before_the_ready_line(tmp_path: Path) -> None:
    path = tmp_path / "target.toml"
    with serving(tmp_path, "--write-target", str(path)):
        assert path.is_file()


# ---------------------------------------------------------------------------------------------------- --seed


def story(folder: Path, *options: str) -> list[Any]:
    """What a server gives that its seed decides: the target's tables and three codes."""
    path = folder / "target.toml"
    with serving(folder, "--write-target", str(path), *options) as running:
        target = tomllib.loads(path.read_text())
        app = target["kii"]["apps"][0]
        base = f"{running.url}/api/apps/{app['id']}/things"
        admin = {"Authorization": f"Bearer {app['admin']['token']}"}
        users = [user["id"] for user in app["users"]]
        codes = [httpx.post(f"{base}/{app['things'][0]['id']}/ownership/request/user:{user}", headers=admin, trust_env=False) for user in users]
        owner = target["connhex"]["users"][0]
        claimed = httpx.post(
            f"{running.url}/ownerships",
            json={"deviceId": target["connhex"]["devices"][0]["id"]},
            headers={"Authorization": f"Bearer {owner['token']}"},
            trust_env=False,
        )
    assert [answer.status_code for answer in codes] == [200] * len(users)
    credentials = [user["token"] for user in target["connhex"]["users"]] + [row["token"] for app in target["kii"]["apps"] for row in app["users"]]
    ids = [user["id"] for user in target["connhex"]["users"]] + users
    return [ids, credentials, [answer.json()["code"] for answer in codes], [claimed.json()["resourceId"]]]


def test_a_seed_gives_the_same_ids_tokens_and_codes_again(tmp_path: Path) -> None:
    first, again, other = (story(tmp_path, "--seed", seed) for seed in ("one", "one", "two"))
    assert first == again
    assert all(one != two for one, two in zip(first, other, strict=True))


def test_without_a_seed_two_servers_have_other_ids_tokens_and_codes(tmp_path: Path) -> None:
    assert all(one != two for one, two in zip(story(tmp_path), story(tmp_path), strict=True))


# ---------------------------------------------------------------------------------------------------- --scenario


def test_a_scenario_file_is_what_the_worlds_start_with(tmp_path: Path) -> None:
    file = written(tmp_path / "story.yaml", STORY)
    with serving(tmp_path, "--scenario", file) as running:
        made = running.world()
        worlds = [read(running), read(running, made["name"])]
        claimed = httpx.post(f"{running.url}/ownerships", json={"deviceId": "GW-1"}, headers={"Authorization": "Bearer my-token"}, trust_env=False)
        headers = {"Authorization": "Bearer my-admin"}
        owners = httpx.get(f"{made['base_url']}/api/apps/my-app/things/VENDOR_THING_ID:my-lamp/ownership", headers=headers, trust_env=False)
        unknown_app = httpx.get(f"{running.url}/api/apps/none/things/x/ownership", headers=headers, trust_env=False)
    for world in worlds:
        assert world["scenario"] == file
        assert [(app["id"], [user["id"] for user in app["users"]]) for app in world["state"]["kii"]["apps"]] == [("my-app", ["my-user"])]
        assert [device["id"] for device in world["state"]["connhex"]["devices"]] == ["GW-1"]
    assert claimed.status_code == 403
    assert owners.json() == {"users": [], "groups": []}
    assert unknown_app.status_code == 401


def test_a_vendor_that_a_scenario_file_leaves_out_starts_as_in_the_default_one(tmp_path: Path) -> None:
    file = written(tmp_path / "story.yaml", "summary: No Kii.\nworld: {connhex: {users: {}, devices: {GW-2: {}}}}\n")
    with serving(tmp_path, "--scenario", file) as running:
        world, default = read(running), read(running, running.world(scenario="default")["name"])
    labels = [[user["label"] for app in one["state"]["kii"]["apps"] for user in app["users"]] for one in (world, default)]
    assert labels[0] == labels[1] != []
    assert [device["id"] for device in world["state"]["connhex"]["devices"]] == ["GW-2"]


# ---------------------------------------------------------------------------------------------------- what it does not take


def main(*words: str) -> subprocess.CompletedProcess[str]:
    """The command in this process, which saves the start of one where only what it refuses is looked at; one that serves all the same is ended."""

    def end(*_: Any) -> None:
        raise TimeoutError(f"still running after {LONGEST} seconds")

    out, err = io.StringIO(), io.StringIO()
    before = signal.signal(signal.SIGALRM, end)
    signal.alarm(LONGEST)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = cli.main(words)
    except SystemExit as ended:
        code = int(str(ended.code))
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    return subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())


def assert_refused(options: list[str], *told: str) -> None:
    """The command ends with 2 and one line that has these words, and nothing listens where it was to listen."""
    with kept_port() as port:
        ended = main("serve", "--port", str(port), *options)
        assert not answers(port)
    lines = ended.stderr.splitlines()
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "Traceback" not in ended.stderr
    # argparse puts how the command is used before its one line.
    assert len([line for line in lines if not line.startswith(("usage:", " "))]) == 1
    assert not [word for word in told if word not in lines[-1]]


def test_a_port_in_use_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert_refused(["--port", port], "127.0.0.1", port, "in use", "--port")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--port", "70000"], ["--port", "70000"]),
        (["--port", "-1"], ["--port", "-1"]),
        (["--port", "http"], ["--port", "http"]),
        (["--vendor", "acme"], ["--vendor", "acme", *specs.vendors()]),
        (["--host", "256.1.1.1"], ["256.1.1.1", "--host"]),
        (["--scenario", "none-such"], ["none-such", "default"]),
        (["--scenario", "/"], ["/", "default"]),
        (["--scenario", "n" * 300], ["n" * 300]),
        (["--write-target", "/none/such/target.toml"], ["--write-target", "/none/such/target.toml", "No such"]),
        (["--write-target", "/"], ["--write-target", "/", "directory"]),
        (["--unheard-of"], ["--unheard-of"]),
        (["--cors-origin", "*"], ["--cors-origin", "*", "SCHEME://HOST"]),
        (["--cors-origin", "http://localhost:3000/"], ["--cors-origin", "http://localhost:3000/", "without a path"]),
        (["--cors-origin", "localhost:3000"], ["--cors-origin", "localhost:3000", "SCHEME://HOST"]),
        (["--cors-origin", "http://localhost:70000"], ["--cors-origin", "http://localhost:70000"]),
        (["--cors-origin", "http://a@b"], ["--cors-origin", "http://a@b"]),
        (["--cors-origin", "http://"], ["--cors-origin", "http://"]),
        (["--cors-origin", ""], ["--cors-origin", "''"]),
        (["--worlds", "0"], ["--worlds", "'0'", "1 to"]),
        (["--worlds", "many"], ["--worlds", "'many'"]),
        (["--world-size", "0"], ["--world-size", "'0'", "512k"]),
        (["--world-size", "4MiB"], ["--world-size", "'4MiB'", "4M"]),
        (["--world-size", "1k"], ["scenario default", "bytes", "--world-size"]),
        (["--idle", "0"], ["--idle", "'0'"]),
        (["--idle", "1.5"], ["--idle", "'1.5'"]),
    ],
    ids=lambda value: " ".join(value)[:30],
)
def test_a_bad_option_is_refused(options: list[str], told: list[str]) -> None:
    assert_refused(options, *told)


KII_APP = "summary: s\nworld: {kii: {apps: {a: {key: k, users: {u: {}}, %s}}}}\nsettings: {%s}\n"
FILES = {
    "not YAML": ("summary: [\n", ["story.yaml:2: not YAML"]),
    "not UTF-8": ("\udcff", ["not YAML", "utf-8"]),
    "empty": ("", ["object"]),
    "that holds itself": ("summary: s\nworld: &world {kii: *world}\n", ["$"]),
    "nested without end": ("summary: s\nworld: " + "[" * 5000 + "]" * 5000 + "\n", []),
    "without a summary": ("world: {}\n", ["story.yaml:1: $: ", "summary", "required"]),
    "with an unknown field": ("summary: s\nworld: {kii: {apps: {}}}\nwrold: {}\n", ["wrold"]),
    "off the vendor's schema": (KII_APP % ("things: {t: {}}", ""), ["$.world.kii.apps.a.things.t", "password"]),
    "with an unknown vendor": ("summary: s\nworld: {acme: {}}\n", ["$.world", "acme"]),
    "with a dangling label": (KII_APP % ("groups: {g: {members: [u, ghost]}}", ""), ["kii.apps.a.groups.g.members", "ghost", "u"]),
    "with an unknown setting": (KII_APP % ("", "kii: {wrong_cod: conflict}"), ["settings.kii.wrong_cod", "wrong_code"]),
    "with a bad option": (KII_APP % ("", "kii: {wrong_code: maybe}"), ["settings.kii.wrong_code", "maybe", "conflict", "unauthorized"]),
    "with a bad value": (KII_APP % ("", "connhex: {enable_life: -1}"), ["settings.connhex.enable_life", "-1"]),
    "with an option that is a list": (KII_APP % ("", "kii: {wrong_code: [conflict]}"), ["settings.kii.wrong_code", "conflict"]),
}


@pytest.mark.parametrize("kind", FILES)
def test_a_scenario_file_that_cannot_be_used_is_refused(tmp_path: Path, kind: str) -> None:
    text, told = FILES[kind]
    file = tmp_path / "story.yaml"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    assert_refused(["--scenario", str(file)], str(file), *told)


def test_the_command_alone_says_that_it_wants_a_subcommand(run: Run) -> None:
    ended = run(*MOCK, timeout=LONGEST)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "command" in ended.stderr.splitlines()[-1]


# ---------------------------------------------------------------------------------------------------- --tls, --certfile, --keyfile


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--tls", "--certfile", "{folder}/cert.pem", "--keyfile", "{folder}/key.pem"], ["--tls", "--certfile"]),
        (["--tls", "--keyfile", "{folder}/key.pem"], ["--tls", "--keyfile"]),
        (["--certfile", "{folder}/cert.pem"], ["--certfile", "--keyfile", "both"]),
        (["--keyfile", "{folder}/key.pem"], ["--certfile", "--keyfile", "both"]),
        (["--tls-ca", "{folder}/ca.pem"], ["--tls-ca", "--tls"]),
        (["--tls", "--tls-ca", "{folder}/none/ca.pem"], ["--tls-ca", "{folder}/none/ca.pem", "No such"]),
        (["--tls", "--tls-ca", "{folder}"], ["--tls-ca", "{folder}", "directory"]),
        (["--certfile", "{folder}/none.pem", "--keyfile", "{folder}/key.pem"], ["--certfile", "{folder}/none.pem", "No such"]),
        (["--certfile", "{folder}/cert.pem", "--keyfile", "{folder}"], ["--keyfile", "{folder}", "directory"]),
        (["--certfile", "{folder}/key.pem", "--keyfile", "{folder}/key.pem"], ["--certfile", "{folder}/key.pem", "PEM"]),
        (["--certfile", "{folder}/cert.pem", "--keyfile", "{folder}/cert.pem"], ["--keyfile", "{folder}/cert.pem", "PEM"]),
        (["--certfile", "{folder}/bytes.pem", "--keyfile", "{folder}/key.pem"], ["--certfile", "{folder}/bytes.pem", "PEM"]),
        (["--certfile", "{folder}/cert.pem", "--keyfile", "{folder}/other.pem"], ["{folder}/other.pem", "not that of the certificate"]),
    ],
    ids=lambda value: " ".join(value).replace("{folder}", "")[:60],
)
def test_a_certificate_that_cannot_be_shown_is_refused(tmp_path: Path, options: list[str], told: list[str]) -> None:
    authority = trustme.CA()
    leaf, other = authority.issue_cert("localhost"), authority.issue_cert("localhost")
    leaf.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    leaf.private_key_pem.write_to_path(tmp_path / "key.pem")
    other.private_key_pem.write_to_path(tmp_path / "other.pem")
    (tmp_path / "bytes.pem").write_bytes(b"\xff\x00")
    assert_refused([word.format(folder=tmp_path) for word in options], *[word.format(folder=tmp_path) for word in told])
