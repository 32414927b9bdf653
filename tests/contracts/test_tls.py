"""The suites against a deployment whose certificate comes from a CA that nobody knows: every client of theirs trusts it, once the target says so."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.serving import CONTRACTS, serving

Run = Callable[..., subprocess.CompletedProcess[str]]


def test_a_target_over_tls_is_judged_where_its_file_names_the_ca_and_not_otherwise(tmp_path: Path, run: Run) -> None:
    file = tmp_path / "target.toml"
    with serving(tmp_path, "--vendor", "connhex", "--tls", "--write-target", str(file), cwd=tmp_path):
        # Rows, probes, the control API's worlds, races' connections of their own, and Schemathesis.
        layers = [word for layer in ("case", "races", "properties") for word in ("--layer", layer)]
        judged = run(*CONTRACTS, "run", "--target", str(file), *layers, cwd=tmp_path)
        file.write_text(re.sub(r"(?m)^ca = .*\n", "", file.read_text()))
        refused = run(*CONTRACTS, "run", "--target", str(file), cwd=tmp_path)
    assert judged.returncode == 0, judged.stdout + judged.stderr
    assert re.search(r"(?m)^schemathesis .* pass", judged.stdout), judged.stdout
    assert refused.returncode == 2
    assert "CERTIFICATE_VERIFY_FAILED" in refused.stderr
    assert "`ca`" in refused.stderr
