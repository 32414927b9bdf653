"""Target files of deployments that somebody relies on: where secrets come from, where they go, and that no error shows one."""

from __future__ import annotations

import ssl
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat, load_pem_private_key
from ownership_contracts.contracts.live.mode import Limits, Mode
from ownership_contracts.contracts.target import Target, TargetError, choose, parse

from .samples import connhex_table

AWAY = 'base_url = "https://ownership.example.com"\n'
HERE = 'base_url = "http://127.0.0.1:9"\n'
USER = '[connhex]\nusers = [{id = "u", token = "${TOKEN}"}]\n'
LITERAL = '[connhex]\nusers = [{id = "u", token = "written-in-the-file"}]\n'
SECRETS = {
    "TOKEN": "token-of-the-environment",
    "PASSED": "password of the environment",
    "SHORT": "abc",
    "BROKEN": "ends-with-a-line-break\n",
    "TWO": "two-words of-a-token",
    "LOGIN_URL": "https://ada:hidden-in-a-url@ownership.example.com",
    "PROXY_URL": "https://ada:hidden%21in-a-url@proxy.example.com:3128",
    "OPEN_PROXY_URL": "http://ada:hidden-in-a-url@proxy.example.com:3128",
    "NOTHING": "",
}
Load = Callable[..., Target]


@pytest.fixture
def chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """What a file with this text describes, with the secrets in the environment."""
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)

    def choose_from(text: str, url: str | None = None, mode: str | None = None, ledger: Path | None = None) -> Target:
        file = tmp_path / "target.toml"
        file.write_text(text, "utf-8")
        return choose(file, url, (), mode, ledger)

    return choose_from


@pytest.fixture
def refusal(chosen: Load) -> Callable[..., str]:
    """What is said of such a file, which has to be refused; never what a variable holds, nor what is written where a secret belongs."""

    def told(text: str, url: str | None = None, mode: str | None = None) -> str:
        with pytest.raises(TargetError) as refused:
            chosen(text, url, mode)
        shown = "".join(traceback.format_exception(refused.value)) + repr(refused.value)
        for secret in [*(value for value in SECRETS.values() if value), "written-in-the-file", "hidden"]:
            assert secret not in shown
        return str(refused.value)

    return told


# ---------------------------------------------------------------------------------------------------- from the environment


def test_references_are_replaced_wherever_a_text_stands(chosen: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOST", "ownership.example.com")
    monkeypatch.setenv("DOLLARS", "${TOKEN}")
    text = 'base_url = "https://${HOST}/eu"\n[connhex]\nusers = [{id = "u-${HOST}-${HOST}", identifier = "${DOLLARS}", password = "${PASSED}"}]\n'
    target = chosen(text)
    assert target.base_url == "https://ownership.example.com/eu"
    # What a variable holds is not looked at again.
    assert target.tables["connhex"]["users"] == [
        {"id": "u-ownership.example.com-ownership.example.com", "identifier": "${TOKEN}", "password": SECRETS["PASSED"]}
    ]


def test_every_variable_that_is_missing_is_named_with_its_place(refusal: Callable[..., str]) -> None:
    told = refusal(AWAY + '[[connhex.users]]\nid = "${TOKEN}-${NO_ID}"\ntoken = "${NOTHING}"\n[[connhex.users]]\nid = "v"\ntoken = "${NO_TOKEN}"\n')
    assert "line 3, at $.connhex.users[0].id: ${NO_ID}" in told
    assert "line 4, at $.connhex.users[0].token: ${NOTHING}" in told
    assert "line 7, at $.connhex.users[1].token: ${NO_TOKEN}" in told


@pytest.mark.parametrize("text", ["${}", "${1A}", "${no-name}", "${OPEN", "${TOKEN}${", "${ TOKEN }"])
def test_what_begins_like_a_reference_is_one(text: str, refusal: Callable[..., str]) -> None:
    assert "line 3, at $.connhex.users[0].token: ${ begins a reference" in refusal(f'{AWAY}[connhex]\nusers = [{{id = "u", token = "{text}"}}]\n')


@pytest.mark.parametrize(
    ("user", "told"),
    [
        ('token = "${BROKEN}"', "users[0].token: what ${BROKEN} holds begins or ends with a blank, or has a line break"),
        ('token = "${TWO}"', "users[0].token: it is to be a text of visible ASCII characters without blanks"),
        ('token = "${SHORT}"', "users[0].token: ${SHORT} holds fewer than 4 characters"),
        ('token = "${TOKEN}", permission = "${TWO}"', "users[0].permission: ${TWO} is none of allowed"),
    ],
)
def test_a_variable_that_holds_what_the_field_cannot_is_named_and_not_shown(user: str, told: str, refusal: Callable[..., str]) -> None:
    assert f"line 3, at $.connhex.{told}" in refusal(f'{AWAY}[connhex]\nusers = [{{id = "u", {user}}}]\n')


def test_a_pick_from_the_environment_is_not_shown(refusal: Callable[..., str]) -> None:
    assert "line 5, at $.connhex.picks.association: '${TOKEN}' is none of" in refusal(f'{AWAY}{USER}[connhex.picks]\nassociation = "${{TOKEN}}"\n')


def test_a_document_that_comes_from_a_server_cannot_read_the_environment(chosen: Load) -> None:
    asked = connhex_table(users=[{"id": "u", "token": "${TOKEN}"}])
    assert parse({"base_url": "http://127.0.0.1:9", "connhex": asked}, "world").tables["connhex"]["users"][0]["token"] == "${TOKEN}"


# ---------------------------------------------------------------------------------------------------- never written down

KII = '[[kii.apps]]\nid = "a"\n'
ADMIN = 'admin = {token = "${TOKEN}"}\n'
WRITTEN = {
    "$.connhex.users[0].token": LITERAL,
    "$.connhex.users[0].cookie": '[connhex]\nusers = [{id = "u", cookie = "written-in-the-file"}]\n',
    "$.connhex.users[0].password": '[connhex]\nusers = [{id = "u", identifier = "ada", password = "written-in-the-file"}]\n',
    "$.kii.apps[0].key": f'{KII}key = "written-in-the-file"\n{ADMIN}',
    "$.kii.apps[0].admin.token": f'{KII}admin = {{token = "written-in-the-file"}}\n',
    "$.kii.apps[0].admin.client_secret": f'{KII}admin = {{client_id = "c", client_secret = "written-in-the-file"}}\n',
    "$.kii.apps[0].users[0].token": f'{KII}{ADMIN}users = [{{id = "u", token = "written-in-the-file"}}]\n',
    "$.kii.apps[0].users[0].password": f'{KII}{ADMIN}users = [{{id = "u", login = "l", password = "written-in-the-file"}}]\n',
    "$.kii.apps[0].things[0].password": f'{KII}{ADMIN}things = [{{id = "t", vendor_id = "v", password = "written-in-the-file"}}]\n',
    "$.kii.apps[0].things[0].token": f'{KII}{ADMIN}things = [{{id = "t", vendor_id = "v", password = "${{TWO}}", token = "written-in-the-file"}}]\n',
    '$.headers["X-Gate"]': f'{USER}[headers]\nX-Gate = "written-in-the-file"\n',
    "$.control_token": f'control = "https://ownership.example.com/_mock/api"\ncontrol_token = "written-in-the-file"\n{USER}',
}


@pytest.mark.parametrize("place", WRITTEN)
def test_a_secret_is_not_written_into_the_file_of_another_machines_deployment(place: str, refusal: Callable[..., str], chosen: Load) -> None:
    told = refusal(AWAY + WRITTEN[place])
    assert f"at {place}: a secret is not to be written into the file of a deployment on another machine: set an environment variable" in told
    assert "line " in told
    # A part of it is one too.
    assert place in refusal((AWAY + WRITTEN[place]).replace("written-in-the-file", "written-in-the-file${TOKEN}"))
    target = chosen((AWAY + WRITTEN[place]).replace("written-in-the-file", "${TOKEN}"))
    assert SECRETS["TOKEN"] in target.secrets


@pytest.mark.parametrize("place", WRITTEN)
def test_this_machines_own_may_be_written_and_is_shown_nowhere_either(place: str, chosen: Load) -> None:
    target = chosen((HERE + WRITTEN[place]).replace("https://ownership.example.com", "http://localhost"))
    assert "written-in-the-file" in target.secrets
    assert not [secret for secret in target.secrets if secret in repr(target)]


@pytest.mark.parametrize("address", ['accounts_url = "https://accounts.example.com"', 'probes = {r = {url = "https://read.example.com", at = ""}}'])
def test_one_address_elsewhere_is_enough(address: str, refusal: Callable[..., str]) -> None:
    assert "users[0].token: a secret is not" in refusal(HERE + LITERAL + address)


def test_a_url_in_place_of_the_files_does_not_lead_written_secrets_away(refusal: Callable[..., str], chosen: Load) -> None:
    told = refusal(HERE + LITERAL, url="https://ownership.example.com")
    assert "with --url: line 3, at $.connhex.users[0].token: a secret is not" in told
    assert chosen(HERE + LITERAL, url="http://127.0.0.1:10/").base_url == "http://127.0.0.1:10"


# ---------------------------------------------------------------------------------------------------- where they go


@pytest.mark.parametrize(
    "url",
    [
        "http://ownership.example.com",
        "http://192.0.2.1:8080",
        "http://10.0.0.1",
        "http://169.254.169.254",
        "http://0.0.0.0:8080",
        "http://[::]:8080",
        "http://[2001:db8::1]",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "http://example.com:80/127.0.0.1",
    ],
)
def test_nothing_goes_to_another_machine_unencrypted(url: str, refusal: Callable[..., str], chosen: Load) -> None:
    assert f"line 1, at $.base_url: '{url}' is to be https" in refusal(f'base_url = "{url}"\n{USER}')
    assert "is to be https" in refusal(HERE + USER, url=url)
    assert chosen(f'base_url = "{url.replace("http:", "https:")}"\n{USER}').base_url.startswith("https:")


@pytest.mark.parametrize("url", ["http://127.0.0.1", "http://127.9.9.9/x", "http://[::1]:8080", "http://localhost:8080", "https://LOCALHOST/api"])
def test_this_machine_is_reached_without(url: str, chosen: Load) -> None:
    assert chosen(f'base_url = "{url}"\n{LITERAL}').base_url == url


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('base_url = "${LOGIN_URL}"\n' + USER, "$.base_url: a user's name and password do not belong into the URL"),
        ('base_url = "https://ada:hidden@ownership.example.com"\n' + USER, "$.base_url: a user's name and password do not belong into the URL"),
        ('base_url = "ftp://ada:hidden@ownership.example.com"\n' + USER, "$.base_url: 'ftp://***@ownership.example.com' is no http(s) URL"),
        (AWAY + USER + 'accounts_url = "http://accounts.example.com"\n', "$.connhex.accounts_url: 'http://accounts.example.com' is to be https"),
        (AWAY + USER + 'accounts_url = "accounts.example.com"\n', "$.connhex.accounts_url: 'accounts.example.com' is no http(s) URL"),
    ],
)
def test_an_address_with_credentials_or_without_a_scheme_is_refused(text: str, told: str, refusal: Callable[..., str]) -> None:
    assert told in refusal(text)


@pytest.mark.parametrize(
    ("proxy", "told"),
    [
        ("${OPEN_PROXY_URL}", "its name and password would go to it readable for everybody"),
        ("https://ada:hidden@proxy.example.com", "a password is not to be written into the file"),
        ("https://ada-${TOKEN}:hidden@proxy.example.com", "a password is not to be written into the file"),
        # Who has no password lets himself in by his name.
        ("https://hidden@proxy.example.com", "a password is not to be written into the file"),
        ("https://ada:${SHORT}@proxy.example.com", "its password has fewer than 4 characters"),
        ("http://127.0.0.1:3128/path", "a proxy is a host and a port, without a path"),
        ("socks5://127.0.0.1:1080", "'socks5://127.0.0.1:1080' is no http(s) URL of a host"),
    ],
)
def test_a_proxy_that_would_tell_or_cannot_be_used_is_refused(proxy: str, told: str, refusal: Callable[..., str]) -> None:
    assert f"line 2, at $.proxy: {told}" in refusal(f'{AWAY}proxy = "{proxy}"\n{USER}')


def test_a_proxy_elsewhere_does_not_reach_this_machine(refusal: Callable[..., str]) -> None:
    assert "$.proxy: a proxy on another machine does not reach this" in refusal(f'{HERE}proxy = "http://proxy.example.com:3128"\n{USER}')


@pytest.mark.parametrize(
    "proxy", ["http://proxy.example.com:3128", "${PROXY_URL}", "https://ada:${TOKEN}@proxy.example.com", "http://127.0.0.1:3128"]
)
def test_a_proxy_is_taken_and_its_password_is_shown_nowhere(proxy: str, chosen: Load) -> None:
    target = chosen(f'{AWAY}proxy = "{proxy}"\n{USER}')
    assert target.proxy == proxy.replace("${PROXY_URL}", SECRETS["PROXY_URL"]).replace("${TOKEN}", SECRETS["TOKEN"])
    if proxy == "${PROXY_URL}":
        assert {"hidden%21in-a-url", "hidden!in-a-url"} <= target.secrets
    assert not [secret for secret in target.secrets if secret in repr(target)]


@pytest.mark.parametrize(
    "name",
    [
        *("Authorization", "cookie", "HOST", "Content-Type", "content-length", "Transfer-Encoding", "Connection"),
        *(
            "Proxy-Authorization",
            "Accept-Encoding",
            "X-HTTP-Method-Override",
            "X-Original-URL",
            "If-Match",
            "X-Kii-AppID",
            "x-kii-appkey",
            "X-Session-Token",
        ),
    ],
)
def test_a_header_that_says_what_a_row_says_is_refused(name: str, refusal: Callable[..., str]) -> None:
    assert "this header is the suite's own" in refusal(f'{AWAY}{USER}[headers]\n{name} = "${{TOKEN}}"\n')


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ('"two words" = "${TOKEN}"', "it is no name of a header"),
        ('"X:A" = "${TOKEN}"', "it is no name of a header"),
        ('"" = "${TOKEN}"', "it is no name of a header"),
        ('X-A = " ${TOKEN}"', "is no value of a header"),
        ('X-A = "${TOKEN}\\r\\nX-B: 1"', "is no value of a header"),
        ('X-A = ""', "is no value of a header"),
        ('X-A = "${TOKEN}"\nx-a = "${TOKEN}"', "it stands there twice"),
        ('x-a = "${TOKEN}"\nX-A = "${TOKEN}"', "it stands there twice"),
    ],
)
def test_a_header_that_cannot_be_one_is_refused(header: str, told: str, refusal: Callable[..., str]) -> None:
    assert told in refusal(f"{AWAY}{USER}[headers]\n{header}\n")


def test_headers_go_out_as_they_are(chosen: Load) -> None:
    assert chosen(f'{AWAY}{USER}[headers]\nX-Gate = "${{PASSED}}"\n').headers == {"X-Gate": SECRETS["PASSED"]}


# ---------------------------------------------------------------------------------------------------- what a client shows of itself


@pytest.fixture(scope="module")
def pems(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of certificates and keys."""
    folder = tmp_path_factory.mktemp("pems")
    issuer = trustme.CA()
    mine, other = issuer.issue_cert("client"), issuer.issue_cert("other")
    mine.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    mine.private_key_pem.write_to_path(folder / "key.pem")
    mine.private_key_and_cert_chain_pem.write_to_path(folder / "both.pem")
    other.private_key_pem.write_to_path(folder / "other.pem")
    key = load_pem_private_key(mine.private_key_pem.bytes(), None)
    (folder / "locked.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"password")))
    return folder


@pytest.mark.parametrize(("certificate", "key"), [("cert.pem", "key.pem"), ("both.pem", None)])
def test_a_clients_certificate_is_read_with_its_key(certificate: str, key: str | None, pems: Path, chosen: Load) -> None:
    named = f'client_certificate = "{pems / certificate}"\n' + (f'client_key = "{pems / key}"\n' if key else "")
    target = chosen(AWAY + named + USER)
    assert (target.certificate, target.key) == (str(pems / certificate), str(pems / key) if key else None)
    ssl.create_default_context().load_cert_chain(str(target.certificate), target.key)


@pytest.mark.parametrize(
    ("certificate", "key", "told"),
    [
        ("none.pem", "key.pem", "$.client_certificate: {}/none.pem: No such file or directory"),
        ("key.pem", None, "$.client_certificate: {}/key.pem: it holds no certificate in PEM"),
        ("cert.pem", None, "$.client_certificate: {}/cert.pem: it holds no private key in PEM"),
        ("cert.pem", "none.pem", "$.client_key: {}/none.pem: No such file or directory"),
        ("cert.pem", ".", "$.client_key: {}: Is a directory"),
        ("cert.pem", "other.pem", "$.client_key: {}/other.pem: it holds no private key in PEM that is not encrypted and belongs"),
        ("cert.pem", "locked.pem", "$.client_key: {}/locked.pem: it holds no private key in PEM that is not encrypted"),
        ("cert.pem", "cert.pem", "$.client_key: {}/cert.pem: it holds no private key in PEM"),
    ],
)
def test_a_clients_certificate_that_cannot_be_shown_is_refused(
    certificate: str, key: str | None, told: str, pems: Path, refusal: Callable[..., str]
) -> None:
    named = f'client_certificate = "{pems / certificate}"\n' + (f'client_key = "{pems / key}"\n' if key else "")
    assert told.format(pems) in refusal(AWAY + named + USER)


# ---------------------------------------------------------------------------------------------------- how much may be touched


def test_a_deployment_is_only_read_unless_it_says_otherwise(chosen: Load) -> None:
    assert chosen(AWAY + USER).mode is Mode.READ_ONLY
    assert chosen(HERE + USER).mode is Mode.READ_ONLY
    assert chosen(AWAY + 'mode = "fixtures"\n' + USER).mode is Mode.FIXTURES
    assert chosen(AWAY + 'mode = "fixtures"\n' + USER, mode="read-only").mode is Mode.READ_ONLY
    assert chosen(AWAY + USER, mode="fixtures").mode is Mode.FIXTURES


def test_only_a_control_api_gives_worlds(chosen: Load, refusal: Callable[..., str]) -> None:
    control = HERE + 'control = "http://127.0.0.1:9/_mock/api"\n'
    assert chosen(control + USER).mode is Mode.WORLDS
    assert "line 3, at $.mode: a deployment with a control API gives each row a world" in refusal(control + 'mode = "fixtures"\n' + USER)
    assert "--mode read-only: target " in refusal(control + USER, mode="read-only")
    assert "'worlds' is none of read-only, fixtures" in refusal(AWAY + 'mode = "worlds"\n' + USER)


def test_limits_are_those_of_the_file_and_else_the_usual_ones(chosen: Load) -> None:
    assert chosen(AWAY + USER).limits == Limits()
    limits = "[limits]\nrequests_per_second = 0.5\nrequests = 7\nseconds = 60\ntimeout = 2.5\nbody = 10\nclock_skew = 0\n"
    assert chosen(AWAY + USER + limits).limits == Limits(per_second=0.5, requests=7, seconds=60, timeout=2.5, body=10, skew=0)


def test_the_ledger_lies_beside_the_file_wherever_the_run_is_started(chosen: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    assert chosen(AWAY + USER).ledger == tmp_path / ".ownership-contracts" / "ledger"
    assert chosen(AWAY + 'ledger = "kept"\n' + USER).ledger == tmp_path / "kept"
    assert chosen(AWAY + 'ledger = "/kept"\n' + USER).ledger == Path("/kept")
    assert chosen(AWAY + USER, ledger=Path("here")).ledger == elsewhere / "here"
