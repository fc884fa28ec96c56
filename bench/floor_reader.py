"""The least a reader of remittances has to do: the floor that ours is held against.

Streams blocks of 1 MB, splits at ``~`` and ``*`` only, makes a tuple of every claim, line and
adjustment with amounts in whole cents, checks the balance of each line, claim and payment, adds up
what patients owe. No findings, names, dates, other delimiters, nor anything for damaged files.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO, TypeAlias

from bench.measuring import print_cost

_BLOCK_CHARACTERS = 1 << 20

_Adjustment: TypeAlias = tuple[str, str, int]  # group, reason, cents
_Line: TypeAlias = tuple[str, int, int, list[_Adjustment]]  # procedure, charge, paid
_Claim: TypeAlias = tuple[str, str, int, int, list[_Adjustment], list[_Line]]  # number, status, …


@dataclass(slots=True)
class Sums:
    """What a file adds up to."""

    claims: int = 0
    service_lines: int = 0
    charge_cents: int = 0
    paid_cents: int = 0
    pr_cents: int = 0
    unbalanced_claims: int = 0


def read_sums(path: Path) -> Sums:
    """Raises ValueError or IndexError for what is no 835 as it should be."""
    sums = Sums()
    with path.open(encoding="ascii", newline="") as stream:
        for claim in _claims(stream):
            _add(sums, claim)
    return sums


def _segments(stream: TextIO) -> Iterator[list[str]]:
    rest = ""
    while block := stream.read(_BLOCK_CHARACTERS):
        *segments, rest = (rest + block).split("~")
        yield segments


def _claims(stream: TextIO) -> Iterator[_Claim]:  # noqa: C901 — calls would make it slower
    claim: _Claim | None = None
    adjustments: list[_Adjustment] = []  # of the claim, then of its newest line
    lines: list[_Line] = []
    unexplained = 0  # of BPR02, by the claims and PLB so far
    for segments in _segments(stream):
        for segment in segments:
            elements = segment.strip().split("*")
            name = elements[0]
            if name == "CAS":
                group = elements[1]
                for index in range(2, len(elements), 3):
                    cents = _cents(elements[index + 1])
                    adjustments.append((group, elements[index], cents))
            elif name == "SVC":
                adjustments = []
                charge, paid = _cents(elements[2]), _cents(elements[3])
                lines.append((elements[1], charge, paid, adjustments))
            elif name == "CLP":
                if claim is not None:
                    yield claim
                adjustments, lines = [], []
                charge, paid = _cents(elements[3]), _cents(elements[4])
                claim = elements[1], elements[2], charge, paid, adjustments, lines
                unexplained -= paid
            elif name == "PLB":
                unexplained += sum(map(_cents, elements[4::2]))
            elif name == "BPR":
                unexplained = _cents(elements[2])
            elif name == "SE" and unexplained:
                raise ValueError(elements[2])
    if claim is not None:
        yield claim


def _add(sums: Sums, claim: _Claim) -> None:
    _, _, charge, paid, adjustments, lines = claim
    balances = True
    adjusted = 0
    for group, _, cents in adjustments:
        adjusted += cents
        if group == "PR":
            sums.pr_cents += cents
    for _, line_charge, line_paid, line_adjustments in lines:
        line_adjusted = 0
        for group, _, cents in line_adjustments:
            line_adjusted += cents
            if group == "PR":
                sums.pr_cents += cents
        if line_charge - line_adjusted != line_paid:
            balances = False
        adjusted += line_adjusted
    sums.claims += 1
    sums.service_lines += len(lines)
    sums.charge_cents += charge
    sums.paid_cents += paid
    sums.unbalanced_claims += not balances or charge - adjusted != paid


def _cents(amount: str) -> int:
    whole, _, fraction = amount.partition(".")
    if len(fraction) > 2:  # noqa: PLR2004 — cents
        raise ValueError(amount)
    return int(whole + fraction.ljust(2, "0"))


if __name__ == "__main__":
    print_cost(lambda: read_sums(Path(sys.argv[1])))
