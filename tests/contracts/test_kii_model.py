"""Kii's reference model: held against every row that it has words for, and its rules as statements of fact."""

from __future__ import annotations

from collections.abc import Iterator

from ownership_contracts.contracts.case import Case, cases
from ownership_contracts.contracts.kii.model import KiiModel
from ownership_contracts.contracts.model import ModelError

from .agreement import disagreements

MODEL = KiiModel()
WALKED = 700
"""At least so many rows the model has words for."""


def walked() -> Iterator[tuple[Case, list[str]]]:
    for case in cases("kii"):
        try:
            yield case, list(disagreements(MODEL, case))
        except ModelError:
            continue


def test_the_model_and_the_rows_agree() -> None:
    rows = list(walked())
    print(f"{len(rows)} of {len(cases('kii'))} rows were walked through the model")
    assert not [f"{case.id}: {complaint}" for case, complaints in rows for complaint in complaints]
    assert len(rows) >= WALKED
