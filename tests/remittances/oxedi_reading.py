"""What oxedi, another open-source 835 reader, makes of a file, beside what ours does."""

import io
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

import oxedi

from portal.domain.money import format_plain
from portal.domain.remittance import (
    ClaimPayment,
    Finding,
    RemittanceHeader,
    RemittancePart,
    RemittanceTrailer,
)
from portal.remittances.findings import FindingCode
from portal.remittances.x12 import x835

Row: TypeAlias = tuple[str | int | None, ...]
Reading: TypeAlias = Mapping[str, Sequence[Row]]

_NULL = "∅"
_BALANCES = {
    FindingCode.LINE_UNBALANCED: "service",
    FindingCode.CLAIM_UNBALANCED: "claim",
    FindingCode.TRANSACTION_UNBALANCED: "transaction",
}


def their_reading(data: bytes) -> Reading | None:
    """By table; amounts as text, None where they have none. None: refused."""
    try:
        result = oxedi.parse(data)
    except oxedi.ParseError:
        return None
    tables = {name: _rows(result.tables[name]) for name in result.tables.keys()}  # noqa: SIM118 — no Mapping
    rules = [
        re.findall(r'"(\w+)_balance" fails', found.rule)
        for found in result.diagnostics
        if found.kind == "BalanceMismatch"
    ]
    return {
        "payments": _picked(
            tables["payments"], "trace_number payer_name payee_id", "total_payment_amount"
        ),
        "provider adjustments": _picked(
            tables["provider_adjustments"], "reason_code reference_id", "amount"
        ),
        "claims": _picked(
            tables["claims"],
            "claim_id claim_status payer_control_number",
            "charge_amount payment_amount patient_responsibility",
        ),
        "patients": _picked(
            tables["claims"], "patient_last_name patient_first_name patient_id", ""
        ),
        "lines": _picked(
            tables["services"],
            "claim procedure_qualifier procedure_code line_item_control_number",
            "charge_amount payment_amount allowed_amount",
        ),
        "adjustments": _picked(
            tables["adjustments"], "claim service group_code reason_code", "amount"
        ),
        "balances": _counted(name for names in rules for name in names),
    }


def our_reading(data: bytes) -> Reading:
    """The same of ours. Raises UnreadableRemittanceError."""
    parts = list(x835.read(io.BytesIO(data)))
    headers = [part for part in parts if isinstance(part, RemittanceHeader)]
    claims = [part for part in parts if isinstance(part, ClaimPayment)]
    trailers = [part for part in parts if isinstance(part, RemittanceTrailer)]
    lines = [(at, line) for at, claim in enumerate(claims) for line in claim.lines]
    numbered = {id(line): at for at, (_, line) in enumerate(lines)}
    return {
        "payments": [
            (one.trace_number, one.payer.name, one.payee.identifier, _money(one.payment_cents))
            for one in headers
        ],
        "provider adjustments": [
            (one.reason, one.reference, _money(one.amount_cents))
            for trailer in trailers
            for one in trailer.provider_adjustments
        ],
        "claims": [
            (
                *(one.number, one.status, one.payer_control_number),
                *map(
                    _money,
                    (one.charge_cents, one.paid_cents, one.stated_responsibility_cents),
                ),
            )
            for one in claims
        ],
        "patients": [
            (one.patient.last_name, one.patient.first_name, one.patient.identifier)
            for one in claims
        ],
        "lines": [
            (
                *(str(at), one.qualifier, one.code, one.control_number),
                *map(_money, (one.charge_cents, one.paid_cents, one.allowed_cents)),
            )
            for at, one in lines
        ],
        "adjustments": [
            (str(at), place, one.group, one.reason, _money(one.amount_cents))
            for at, claim in enumerate(claims)
            for place, found in (
                ("", claim.adjustments),
                *((str(numbered[id(line)]), line.adjustments) for line in claim.lines),
            )
            for one in found
        ],
        "balances": _counted(
            _BALANCES[FindingCode(one.code)] for one in _findings(parts) if one.code in _BALANCES
        ),
    }


def _findings(parts: Sequence[RemittancePart]) -> list[Finding]:
    return [
        found
        for part in parts
        if isinstance(part, ClaimPayment | RemittanceTrailer)
        for found in part.findings
    ]


def _rows(table: oxedi.Table) -> list[dict[str, str | None]]:
    """Their text form: without a data frame library there is no other way to the values."""
    rows = []
    for line in table.render().split("\n")[2 : 2 + len(table)]:
        values = line.split(" | ")
        assert len(values) == len(table.columns)
        rows.append(
            {
                name: None if value == _NULL else value
                for name, value in zip(table.columns, values, strict=True)
            }
        )
    return rows


def _picked(rows: Sequence[Mapping[str, str | None]], texts: str, amounts: str) -> list[Row]:
    """An absent text and an empty one are the same; an absent amount and a zero are not."""
    return [
        (*(row[name] or "" for name in texts.split()), *(row[name] for name in amounts.split()))
        for row in rows
    ]


def _counted(names: Iterable[str]) -> list[Row]:
    return sorted(Counter(names).items())


def _money(cents: int | None) -> str | None:
    return None if cents is None else format_plain(cents)
