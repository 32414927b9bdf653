"""Target files: what is read from a good one, and what is said of a bad one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tomli_w
import trustme
from ownership_contracts.contracts.target import TargetError, load, parse

from .samples import connhex_table, kii_app

BASE = "http://127.0.0.1:8080"


def document(**changed: Any) -> dict[str, Any]:
    return {"base_url": BASE, "connhex": connhex_table(), **changed}


def refusal(folder: Path, content: bytes) -> str:
    """What the loader says of a file with this content, which it must refuse and name."""
    file = folder / "target.toml"
    file.write_bytes(content)
    with pytest.raises(TargetError) as told:
        load(file)
    assert str(file) in str(told.value)
    return str(told.value)


# ---------------------------------------------------------------------------------------------------- good ones


@pytest.mark.parametrize("named", ["ca.pem", "../ca.pem", "{folder}/ca.pem"])
def test_a_ca_lies_beside_the_file_unless_its_path_is_absolute(named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    file = tmp_path / "targets" / "target.toml"
    file.parent.mkdir()
    trustme.CA().cert_pem.write_to_path(file.parent / "ca.pem")
    trustme.CA().cert_pem.write_to_path(tmp_path / "ca.pem")
    file.write_text(tomli_w.dumps(document(ca=named.format(folder=tmp_path))), "utf-8")
    ca = load(file).ca
    assert ca is not None
    assert Path(ca).read_bytes() == (file.parent / named.format(folder=tmp_path)).read_bytes()


@pytest.mark.parametrize(
    ("named", "told"), [("none.pem", "No such file"), (".", "directory"), ("target.toml", "no certificate"), ("a\0b", "null byte"), ("", "$.ca")]
)
def test_a_ca_that_cannot_be_trusted_is_refused_with_the_place(named: str, told: str, tmp_path: Path) -> None:
    said = refusal(tmp_path, tomli_w.dumps(document(ca=named)).encode())
    assert "$.ca" in said
    assert told in said


def test_a_good_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "target.toml"
    file.write_text(tomli_w.dumps(document(control=f"{BASE}/_mock/api", kii={"apps": [kii_app()]})), "utf-8")
    target = load(file)
    assert target.base_url == BASE
    assert target.control == f"{BASE}/_mock/api"
    assert target.tables == {"kii": {"apps": [kii_app()]}, "connhex": connhex_table()}


def test_a_slash_at_the_end_of_the_base_url_is_taken_off() -> None:
    assert parse(document(base_url=f"{BASE}/eu/"), "here").base_url == f"{BASE}/eu"


def test_without_a_control_api_there_is_none() -> None:
    assert parse(document(), "here").control is None


def test_a_vendor_that_the_file_does_not_describe_is_not_in_the_target() -> None:
    assert list(parse(document(), "here").tables) == ["connhex"]


def test_a_world_of_the_mock_is_a_target(world: dict[str, Any]) -> None:
    target = parse({key: value for key, value in world.items() if key != "name"}, "world")
    assert target.base_url.endswith(f"/worlds/{world['name']}")
    assert sorted(target.tables) == ["connhex", "kii"]


def test_a_control_token_is_read_and_shown_nowhere(tmp_path: Path) -> None:
    file = tmp_path / "target.toml"
    file.write_text(tomli_w.dumps(document(control=f"{BASE}/_mock/api", control_token="the-token")), "utf-8")
    target = load(file)
    assert target.control_token == "the-token"
    assert "the-token" not in repr(target)
    assert parse(document(), "here").control_token is None


# ---------------------------------------------------------------------------------------------------- bad ones


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match=r"absent\.toml: No such file"):
        load(tmp_path / "absent.toml")


def test_a_folder_is_no_target_file(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="Is a directory"):
        load(tmp_path)


@pytest.mark.parametrize("content", [b"base_url = ", b'{"base_url": "http://127.0.0.1"}', b'base_url = "\xff"', b"a = " + b"[" * 5_000])
def test_a_file_that_is_not_toml_is_refused(content: bytes, tmp_path: Path) -> None:
    assert "not TOML" in refusal(tmp_path, content)


APP_WITH_COLOUR = {"apps": [kii_app(), kii_app("app2", colour="red")]}
THING_WITHOUT_PASSWORD = {"apps": [kii_app(things=[{"id": "th.1", "vendor_id": "lamp", "token": "p"}])]}
BAD = {
    "an unknown key at the top": (document(colour="red"), "$", "'colour'"),
    "an unknown key of a vendor's table": (document(connhex=connhex_table(colour="red")), "$.connhex", "'colour'"),
    "an unknown key of a user": (document(connhex=connhex_table(users=[{"id": "u", "colour": "red"}])), "$.connhex.users[0]", "'colour'"),
    "an unknown key of an app": (document(kii=APP_WITH_COLOUR), "$.kii.apps[1]", "'colour'"),
    "no base_url": ({"connhex": connhex_table()}, "$", "'base_url'"),
    "no users": (document(connhex=connhex_table(users=None)), "$.connhex", "'users'"),
    "an empty list of users": (document(connhex=connhex_table(users=[])), "$.connhex.users", "[]"),
    "no administrator": (document(kii={"apps": [kii_app(admin=None)]}), "$.kii.apps[0]", "'admin'"),
    "no password of a thing": (document(kii=THING_WITHOUT_PASSWORD), "$.kii.apps[0].things[0]", "'password'"),
    "a number as a base_url": (document(base_url=8080), "$.base_url", "8080"),
    "an empty base_url": (document(base_url=""), "$.base_url", "''"),
    "a text as a flag": (document(kii={"apps": [kii_app(require_password="no")]}), "$.kii.apps[0].require_password", "true or false"),
    "a permission that there is not": (
        document(connhex=connhex_table(users=[{"id": "u", "permission": "king"}])),
        "$.connhex.users[0].permission",
        "'king'",
    ),
}


@pytest.mark.parametrize("fault", BAD)
def test_a_bad_file_is_refused_with_the_place_and_what_is_wrong(fault: str, tmp_path: Path) -> None:
    data, place, named = BAD[fault]
    told = refusal(tmp_path, tomli_w.dumps(data).encode())
    assert f"at {place}: " in told
    assert named in told


def test_a_file_without_any_vendor_is_refused_with_those_there_are(tmp_path: Path) -> None:
    told = refusal(tmp_path, f'base_url = "{BASE}"'.encode())
    assert "kii, connhex" in told
    assert "nothing to test" in told


@pytest.mark.parametrize(
    "url",
    [
        "ftp://127.0.0.1",
        "127.0.0.1:8080",
        "localhost:8080",
        "http://",
        "http:///ownerships",
        "/ownerships",
        f"{BASE}?tenant=1",
        f"{BASE}#top",
        "http://[::1",
        "http://127.0.0.1:none",
        "http://127.0.0.1:99999",
    ],
)
def test_a_base_url_that_is_none_is_refused_by_name(url: str, tmp_path: Path) -> None:
    told = refusal(tmp_path, tomli_w.dumps(document(base_url=url)).encode())
    assert "base_url" in told
    assert url in told


@pytest.mark.parametrize("url", ["http://[::1", "localhost:8080", "/_mock/api"])
def test_a_control_url_that_is_none_is_refused_by_name(url: str, tmp_path: Path) -> None:
    told = refusal(tmp_path, tomli_w.dumps(document(control=url)).encode())
    assert "control" in told
    assert url in told


def test_a_pick_that_the_ledger_does_not_have_is_refused_by_name(tmp_path: Path) -> None:
    told = refusal(tmp_path, tomli_w.dumps(document(connhex=connhex_table(picks={"asociation": "one_to_one"}))).encode())
    assert "asociation" in told


@pytest.mark.parametrize(
    ("name", "value"), [("association", "three_to_one"), ("precedence", "missing"), ("precedence", ["nothing"]), ("enable_life", "long")]
)
def test_a_value_that_a_pick_cannot_have_is_refused_by_name(name: str, value: Any, tmp_path: Path) -> None:
    told = refusal(tmp_path, tomli_w.dumps(document(connhex=connhex_table(picks={name: value}))).encode())
    assert name in told


@pytest.mark.parametrize("token", ["", "two words", "a-secret\n", "Schlüssel", 12345678, ["a-secret"], {"token": "a-secret"}])
def test_a_control_token_that_no_header_carries_is_refused_and_not_shown(token: Any, tmp_path: Path) -> None:
    said = refusal(tmp_path, tomli_w.dumps(document(control=f"{BASE}/_mock/api", control_token=token)).encode())
    assert "$.control_token: it is to be a text of visible ASCII" in said
    assert [part for part in ("two words", "a-secret", "Schl", "12345678") if part in said] == []


def test_a_control_token_without_a_control_api_is_refused(tmp_path: Path) -> None:
    said = refusal(tmp_path, tomli_w.dumps(document(control_token="the-token")).encode())
    assert "'control_token' is of no use without 'control'" in said
    assert "the-token" not in said


def test_a_secret_is_not_shown_for_being_of_the_wrong_kind(tmp_path: Path) -> None:
    said = refusal(tmp_path, tomli_w.dumps(document(connhex=connhex_table(users=[{"id": "u", "token": 12345678}]))).encode())
    assert "$.connhex.users[0].token" in said
    assert "12345678" not in said
