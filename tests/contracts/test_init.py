"""`ownership-contracts init`: what it writes can be used, with each setting that is off switched on."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from ownership_contracts import specs
from ownership_contracts.contracts.live.mode import Mode
from ownership_contracts.contracts.target import Target, TargetError, load
from ownership_contracts.contracts.targets.init import example, wanted

from tests.serving import CONTRACTS

from .commands import main

OFF = re.compile(r"#(?! |$|#)")
"""What a setting that is off begins with: prose has a blank there."""
BOTH = ["kii", "connhex"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that the settings name."""
    made = tmp_path_factory.mktemp("init")
    issuer = trustme.CA()
    client = issuer.issue_cert("client")
    issuer.cert_pem.write_to_path(made / "ca.pem")
    client.private_key_and_cert_chain_pem.write_to_path(made / "client.pem")
    client.private_key_pem.write_to_path(made / "client-key.pem")
    return made


def loaded(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> Target:
    """The target that the text describes, once the variables that it names are set."""
    for name in re.findall(r"\$\{(\w+)\}", text):
        if name != "NAME":
            # A proxy's URL is told from a deployment's by its having no path.
            monkeypatch.setenv(name, "https://deployment.example.com" if name.endswith("_URL") else f"value-of-{name}")
    file = folder / "target.toml"
    file.write_text(text, "utf-8")
    return load(file)


def switched_on(text: str) -> Iterator[str]:
    """The text once for each setting that is off, with it switched on, and what stands off above it in its paragraph.

    A table that is off is switched on whole: its fields are nothing without it.
    """
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if not OFF.match(line):
            continue
        first = next(above for above in range(number, -1, -1) if not lines[above - 1])
        last = next(below for below in range(number, len(lines)) if not lines[below])
        whole = any(lines[row].startswith("#[") for row in range(first, last))
        on = range(first, last if whole else number + 1)
        yield "\n".join(OFF.sub("", row) if place in on else row for place, row in enumerate(lines))


# ---------------------------------------------------------------------------------------------------- the command


def test_it_writes_the_file_and_names_what_is_to_be_set(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    ended = main("init", "--vendor", "kii", str(file))
    assert (ended.code, ended.err) == (0, "")
    assert file.read_text("utf-8") == example(["kii"])
    assert [name for name in wanted(file.read_text()) if name not in ended.out] == []
    assert "BASE_URL, KII_APP_ID" in ended.out


def test_it_writes_target_toml_where_no_name_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main("init", "--vendor", "connhex", "--vendor", "kii", "--vendor", "connhex").code == 0
    assert (tmp_path / "target.toml").read_text("utf-8") == example(["connhex", "kii"])


@pytest.mark.parametrize("there", ["a file", "a folder", "a link to nowhere"])
def test_it_never_overwrites(there: str, tmp_path: Path) -> None:
    file = tmp_path / "target.toml"
    if there == "a file":
        file.write_text("mine")
    elif there == "a folder":
        file.mkdir()
    else:
        file.symlink_to("nowhere")
    ended = main("init", "--vendor", "kii", str(file))
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == f"ownership-contracts: {file} is there already, and is not overwritten: name another file\n"
    assert there != "a file" or file.read_text() == "mine"
    assert not (tmp_path / "nowhere").exists()


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    ended = main("init", "--vendor", "kii", str(tmp_path / "no" / "target.toml"))
    assert (ended.code, ended.out) == (2, "")
    assert "target.toml cannot be written: No such file or directory" in ended.err


@pytest.mark.parametrize("words", [[], ["--vendor", "acme"]])
def test_it_wants_to_know_whose_api_it_is(words: list[str]) -> None:
    ended = main("init", *words)
    assert ended.code == 2
    assert "--vendor" in ended.err


# ---------------------------------------------------------------------------------------------------- the file


@pytest.mark.parametrize("vendors", [["kii"], ["connhex"], BOTH], ids=" ".join)
def test_it_loads_once_its_variables_are_set(vendors: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = loaded(folder, example(vendors), monkeypatch)
    assert sorted(target.tables) == sorted(vendors)
    assert target.mode is Mode.READ_ONLY


def test_every_variable_that_is_to_be_set_is_named_while_none_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = wanted(example(BOTH))
    file = tmp_path / "target.toml"
    file.write_text(example(BOTH), "utf-8")
    for name in names:
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(TargetError) as told:
        load(file)
    assert re.findall(r"\$\{(\w+)\}", str(told.value)) == names
    assert len(names) > 7


@pytest.mark.parametrize("vendor", BOTH)
def test_each_setting_that_is_off_can_be_switched_on(vendor: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = list(switched_on(example([vendor])))
    assert len(texts) > 30
    plain = loaded(folder, example([vendor]), monkeypatch)
    said = [loaded(folder, text, monkeypatch) for text in texts]
    # Switched on, each of the picks says something; and some setting of the file itself does.
    assert [target.tables[vendor]["picks"] for target in said if target.tables[vendor]["picks"]] == [
        {name: pick.default} for name, pick in specs.ledger(vendor).picks.items()
    ]
    assert {target.mode for target in said} == {Mode.READ_ONLY, Mode.FIXTURES}
    assert sum(target.tables != plain.tables for target in said) > len(specs.ledger(vendor).picks) + 3


def test_all_of_them_can_be_switched_on_at_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "\n".join(OFF.sub("", line) for line in example(BOTH).split("\n"))
    target = loaded(folder, text, monkeypatch)
    assert target.mode is Mode.FIXTURES
    assert (target.ca, target.certificate, target.key) == tuple(str(folder / name) for name in ("ca.pem", "client.pem", "client-key.pem"))
    assert target.headers
    assert target.proxy
    assert target.ledger == folder / "ledger"
    assert [len(target.tables["kii"]["apps"]), len(target.tables["connhex"]["users"])] == [2, 2]
    for vendor in BOTH:
        assert target.tables[vendor]["picks"] == {name: pick.default for name, pick in specs.ledger(vendor).picks.items()}


@pytest.mark.parametrize("vendor", specs.vendors())
def test_it_names_each_option_of_each_pick(vendor: str) -> None:
    text = example([vendor])
    for name, pick in specs.ledger(vendor).picks.items():
        paragraph = next(part for part in text.split("\n\n") if f"\n#{name} = " in part)
        assert [option for option in pick.options or {} if f"\n#   {option}: " not in paragraph] == []


def test_its_lines_can_be_read_in_a_terminal() -> None:
    assert [line for line in example(BOTH).split("\n") if len(line) > 150] == []


@pytest.mark.parametrize("words", [("init", "--vendor", "kii", "new.toml"), ("explain", "connhex-post.403")], ids=["init", "explain"])
def test_a_command_whose_reader_has_gone_ends_quietly(words: tuple[str, ...], tmp_path: Path) -> None:
    reads, writes = os.pipe()
    os.close(reads)
    with os.fdopen(writes, "w") as pipe:
        ended = subprocess.run([*CONTRACTS, *words], cwd=tmp_path, stdout=pipe, stderr=subprocess.PIPE, timeout=60, check=False)
    assert (ended.returncode, ended.stderr) == (128 + signal.SIGPIPE, b"")
