"""The pytest plugin: its options and fixtures. It does nothing until one of them is used, and then hands over to session.py or lending.py."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from .. import specs
from .kills import LAYERS
from .layers.sizes import EXAMPLES, GENERATED, SEEDED, STEPS, WALKS, seed, size
from .live.options import DRY_RUN, FUZZING, LEDGER, MODE, MODES, SLICE, SMOKE, WHOLE, part
from .patience import PATIENCE, PATIENT, seconds
from .report.options import FORMS
from .verdict.options import TERMS

if TYPE_CHECKING:
    from .control import Control, World

MARKER = (
    "ownership_world(scenario=…, settings=…, seed=…, clock=…, snapshot=…, mutants=…): what the fixture ownership_world makes its world from; "
    "the closest counts"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options, all of which begin with --ownership."""
    group = parser.getgroup("ownership-contracts", "contracts of device-ownership APIs")
    group.addoption("--ownership-target", metavar="FILE", help="run the contracts against the deployment that this target file describes")
    group.addoption("--ownership-mock", action="store_true", help="run the contracts against a mock server of their own")
    group.addoption("--ownership-url", metavar="URL", help="base URL in place of the target file's, for a proxy in front")
    group.addoption("--ownership-mode", choices=MODES, help=MODE)
    group.addoption("--ownership-ledger", metavar="DIR", help=LEDGER)
    group.addoption("--ownership-dry-run", action="store_true", help=DRY_RUN)
    group.addoption("--ownership-allow-fuzzing", action="store_true", help=FUZZING)
    group.addoption("--ownership-smoke", type=seconds, metavar="SECONDS", help=SMOKE)
    group.addoption("--ownership-slice", type=part, default=WHOLE, metavar="N/OF", help=SLICE)
    group.addoption("--ownership-vendor", action="append", default=[], choices=specs.vendors(), help="this vendor alone (may be given again)")
    group.addoption("--ownership-grade", action="append", default=[], choices=specs.GRADES, help="rows of this grade alone (may be given again)")
    group.addoption("--ownership-judge-public", action="store_true", help="judge public facts also where the target declares no picks")
    group.addoption("--ownership-layer", action="append", default=[], choices=LAYERS, help="this part of the suite alone (may be given again)")
    group.addoption("--ownership-no-properties", action="store_true", help="leave the Schemathesis runs out")
    group.addoption("--ownership-seed", type=seed, default=1, metavar="N", help=f"{SEEDED} (default: %(default)s)")
    group.addoption("--ownership-examples", type=size, default=EXAMPLES, metavar="N", help=f"{GENERATED} (default: %(default)s)")
    group.addoption("--ownership-walks", type=size, default=WALKS, metavar="N", help="random walks in each of their items (default: %(default)s)")
    group.addoption("--ownership-steps", type=size, default=STEPS, metavar="N", help="steps of a random walk (default: %(default)s)")
    group.addoption("--ownership-patience", type=seconds, default=PATIENCE, metavar="SECONDS", help=f"{PATIENT} (default: %(default)g)")
    for option, told in TERMS.items():
        group.addoption(f"--ownership-{option}", **told)
    for name, says in FORMS.items():
        group.addoption(f"--ownership-{name}", metavar="FILE", help=says)
    group.addoption("--ownership-mock-url", metavar="URL", help="the mock server that the fixtures use (default: one that they start)")


def pytest_configure(config: pytest.Config) -> None:
    """Begin a session of contracts where the options ask for one."""
    config.addinivalue_line("markers", MARKER)
    if config.getoption("--ownership-target") or config.getoption("--ownership-mock"):
        from .session import begin  # noqa: PLC0415 - a project that never asks for the contracts does not wait for their imports

        begin(config)


@pytest.fixture(scope="session")
def ownership_mock(pytestconfig: pytest.Config) -> Iterator[Control]:
    """The control API of a mock server: one of this session's own, or the one that --ownership-mock-url names."""
    from .lending import lent_mock  # noqa: PLC0415 - as above

    with lent_mock(pytestconfig) as control:
        yield control


@pytest.fixture
def ownership_world(request: pytest.FixtureRequest, ownership_mock: Control) -> World:
    """A fresh world of the mock's, for this test alone; where the test fails, what came to it is shown."""
    from .lending import lend  # noqa: PLC0415 - as above

    return lend(request, ownership_mock)
