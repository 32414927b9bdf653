"""`serve --settings`: what a server's worlds pick where nothing else says it."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from ownership_contracts.mockserver.engine.columns import columns
from ownership_contracts.mockserver.engine.story.mistakes import ScenarioError
from ownership_contracts.mockserver.picking import picking

from tests.serving import serving

LAMP = "/api/apps/a1open01/things/VENDOR_THING_ID:lamp-01/ownership"


def test_every_world_picks_as_the_file_says_unless_it_is_told_otherwise(tmp_path: Path, http: httpx.Client) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text("kii: {no_credential: wrong_token, code_life: 77}\nconnhex:\n", "utf-8")
    with serving(tmp_path, "--settings", str(file), "--vendor", "kii") as running:
        mine = running.world(settings={"kii": {"no_credential": "unauthorized"}})
        # Its story needs a code that lives for five minutes.
        told = running.world(scenario="code-expired")
        for base, status in ((running.url, 403), (f"{running.url}/worlds/on-demand", 403), (mine["base_url"], 401), (told["base_url"], 403)):
            assert http.get(base + LAMP).status_code == status, base
        assert (mine["kii"]["picks"]["code_life"], told["kii"]["picks"]["code_life"]) == (77, 300)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("kii:\n  wrong_code: never\n", ":2: $.kii.wrong_code: 'never' is none of conflict, unauthorized"),
        ("kii: {}\nacme: {}\n", ":2: $.acme: there is no such vendor"),
        ("kii: [wrong_code]\n", ":1: $.kii: settings are expected here"),
        ("- kii\n", ":1: $: picks by vendor are expected here"),
        ("kii: {wrong_code: conflict, wrong_code: unauthorized}\n", ":1: $.kii"),
        ("kii: {\n", "not YAML that can be read"),
    ],
)
def test_what_is_wrong_in_a_file_is_told_with_its_line(tmp_path: Path, text: str, wrong: str) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text(text, "utf-8")
    with pytest.raises(ScenarioError) as told:
        picking(columns(), file)
    assert f"{file}" in str(told.value)
    assert wrong in str(told.value)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"--settings .*absent\.yaml: No such file"):
        picking(columns(), tmp_path / "absent.yaml")
