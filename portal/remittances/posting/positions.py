"""Where claims stand, read from the database by sets: what the rules need to decide further.

Every figure is a sum of postings; every statement binds the practice.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, Uuid, case, cast, func, null, or_, select

from portal.domain.claim_position import (
    Adjudication,
    ChargeLine,
    ChargeSource,
    ClaimPosition,
    CoverageOnFile,
    LetOff,
    PatientBalance,
)
from portal.domain.hold_kinds import HoldKind
from portal.domain.journal import BusinessEvent, LedgerAccount
from portal.domain.ledger_identities import CHARGED_ACCOUNTS, OWED_ACCOUNTS
from portal.domain.posting_table import LET_OFF_ACCOUNTS
from portal.ledger.as_of import PATIENTS_MONEY
from portal.ledger.models import JournalEntryRow, PostingRow
from portal.practice.decisions import Adjudication as AdjudicationRow
from portal.practice.models import Charge, Claim, Coverage, Hold, Patient
from portal.remittances.posting.decision_facts import adjudication_of
from portal.remittances.posting.known_claims import IN_JOURNAL, DatedCoverage, KnownClaim, in_force
from portal.remittances.posting.waiting_credit import credit_that_is_there

AnyRow: TypeAlias = Row[*tuple[Any, ...]]

_ACCOUNTS = {account.value: account for account in LedgerAccount}
_WHOLE_CLAIM = cast(null(), Uuid)
_DECISION_COLUMNS = (
    AdjudicationRow.claim_id,
    AdjudicationRow.adjudication_id,
    AdjudicationRow.remittance_id,
    AdjudicationRow.payer_id,
    AdjudicationRow.rank,
    AdjudicationRow.disposition,
    AdjudicationRow.trace_number,
    AdjudicationRow.payer_control_number,
    AdjudicationRow.charge_cents,
    AdjudicationRow.paid_cents,
    AdjudicationRow.voids_id,
    AdjudicationRow.facts,
)


def claims_numbered(
    connection: Connection, practice_id: UUID, numbers: Collection[str]
) -> list[KnownClaim]:
    """Every claim with one of these numbers (CLP01), oldest first."""
    return _load(connection, practice_id, Claim.claim_number == func.any(list(numbers)))


def claims_with_ids(
    connection: Connection, practice_id: UUID, claim_ids: Collection[UUID], *, by_line: bool = True
) -> list[KnownClaim]:
    """These claims, oldest first.

    Not ``by_line``: without their charges, and every balance on the claim as a whole, which is
    enough for looking at them and not for deciding.
    """
    which = Claim.claim_id == func.any(list(claim_ids))
    return _load(connection, practice_id, which, by_line=by_line)


def coverages_of(
    connection: Connection, practice_id: UUID, patient_ids: Collection[UUID]
) -> dict[UUID, list[DatedCoverage]]:
    """What the patients are insured by, at any time, first payer first."""
    found: dict[UUID, list[DatedCoverage]] = defaultdict(list)
    if not patient_ids:
        return found
    rows = connection.execute(
        select(
            Coverage.patient_id,
            Coverage.payer_id,
            Coverage.rank,
            Coverage.filing_indicator,
            Coverage.starts_on,
            Coverage.ends_on,
        )
        .where(
            Coverage.practice_id == practice_id,
            Coverage.patient_id == func.any(list(patient_ids)),
        )
        .order_by(Coverage.patient_id, Coverage.rank, Coverage.coverage_id)
    )
    for row in rows:
        on_file = CoverageOnFile(
            payer_key=str(row.payer_id), rank=row.rank, filing_indicator=row.filing_indicator
        )
        found[row.patient_id].append(DatedCoverage(on_file, row.starts_on, row.ends_on))
    return found


def _load(
    connection: Connection,
    practice_id: UUID,
    which: ColumnElement[bool],
    *,
    by_line: bool = True,
) -> list[KnownClaim]:
    rows = connection.execute(
        select(
            Claim.claim_id,
            Claim.guarantor_id,
            Claim.patient_id,
            Claim.claim_number,
            Claim.service_on,
            Claim.provider_name,
            Claim.denied,
            Claim.charge_cents,
            Claim.charge_source,
            Claim.waiting_credit,
            Claim.waiting_let_off,
            Claim.patient_name_on_file,
            Claim.member_identifier_on_file,
            Patient.last_name,
            Patient.member_identifier,
        )
        .outerjoin(
            Patient,
            (Patient.practice_id == practice_id) & (Patient.patient_id == Claim.patient_id),
        )
        .where(Claim.practice_id == practice_id, which)
        .order_by(Claim.claim_id)
    ).all()
    if not rows:
        return []
    claim_ids = [row.claim_id for row in rows]
    history = _History(connection, practice_id, claim_ids, by_line=by_line)
    waiting = credit_that_is_there(
        connection, practice_id, {row.guarantor_id for row in rows if row.waiting_credit}
    )
    coverages = coverages_of(
        connection, practice_id, {row.patient_id for row in rows if row.patient_id is not None}
    )
    return [
        history.known(
            row,
            in_force(coverages.get(row.patient_id, ()), row.service_on),
            waiting_credit=waiting.get(row.claim_id, {}),
        )
        for row in rows
    ]


class _History:
    """All that happened to some claims, each kind of thing by one statement."""

    def __init__(
        self,
        connection: Connection,
        practice_id: UUID,
        claim_ids: Sequence[UUID],
        *,
        by_line: bool,
    ) -> None:
        self._connection = connection
        self._practice_id = practice_id
        self._claim_ids = list(claim_ids)
        self._charges = self._read_charges() if by_line else {}
        self._adjudications = self._read_adjudications()
        self._standing, self._waived = self._read_holds()
        self._sums = self._read_sums(by_line=by_line)

    def known(
        self,
        row: AnyRow,
        coverages: tuple[CoverageOnFile, ...],
        *,
        waiting_credit: Mapping[str, int],
    ) -> KnownClaim:
        claim_id: UUID = row.claim_id
        ledger = self._sums.get(claim_id, _NO_SUMS)
        adjudications = self._adjudications.get(claim_id, ())
        gross_cents = -sum(ledger.by_account.get(account, 0) for account in CHARGED_ACCOUNTS)
        charge_source = ChargeSource(row.charge_source)
        is_recorded = (
            gross_cents
            or charge_source is not ChargeSource.REMITTANCE
            or any(one.outcome in IN_JOURNAL for one in adjudications)
        )
        standing = self._standing.get(claim_id, {})
        known = KnownClaim(
            claim_id=claim_id,
            claim_number=row.claim_number,
            service_on=row.service_on,
            patient_id=row.patient_id,
            position=ClaimPosition(
                claim_id=claim_id,
                guarantor_id=row.guarantor_id,
                charge_cents=gross_cents if is_recorded else None,
                charge_source=charge_source,
                charges=tuple(self._charges.get(claim_id, ())),
                coverages=coverages,
                adjudications=tuple(adjudications),
                balances=ledger.balances(),
                waiting_credit=_waiting_credit(waiting_credit),
                waiting_let_off=_waiting_let_off(row.waiting_let_off or {}),
                helped_cents=ledger.helped_cents,
                staff_written_off_cents=ledger.by_account.get(LedgerAccount.DENIAL_WRITE_OFFS, 0),
                holds=frozenset(standing),
                waived=frozenset(self._waived.get(claim_id, ())),
            ),
            patient_name=row.patient_name_on_file,
            last_name=row.last_name or "",
            member_identifier=row.member_identifier_on_file or row.member_identifier or "",
            provider_name=row.provider_name,
            denied=row.denied,
            charge_cents=row.charge_cents,
            standing=dict(standing),
            sums=ledger.by_account,
            patient_paid_cents=sum(ledger.paid.values()),
        )
        known.mark_stored()
        return known

    def _read_charges(self) -> dict[UUID, list[ChargeLine]]:
        rows = self._connection.execute(
            select(
                Charge.claim_id,
                Charge.charge_id,
                Charge.line_number,
                Charge.control_number,
                Charge.procedure_qualifier,
                Charge.procedure_code,
                Charge.modifiers,
                Charge.service_on,
                Charge.charge_cents,
            )
            .where(
                Charge.practice_id == self._practice_id,
                Charge.claim_id == func.any(self._claim_ids),
            )
            .order_by(Charge.claim_id, Charge.line_number, Charge.charge_id)
        ).all()
        found: dict[UUID, list[ChargeLine]] = defaultdict(list)
        for row in rows:
            found[row.claim_id].append(
                ChargeLine(
                    charge_id=row.charge_id,
                    number=row.line_number,
                    control_number=row.control_number,
                    qualifier=row.procedure_qualifier,
                    code=row.procedure_code,
                    modifiers=tuple(row.modifiers),
                    service_on=row.service_on,
                    charge_cents=row.charge_cents,
                )
            )
        return found

    def _read_adjudications(self) -> dict[UUID, list[Adjudication]]:
        rows = self._connection.execute(
            select(*_DECISION_COLUMNS)
            .where(
                AdjudicationRow.practice_id == self._practice_id,
                AdjudicationRow.claim_id == func.any(self._claim_ids),
            )
            .order_by(AdjudicationRow.claim_id, AdjudicationRow.adjudication_id)
        ).all()
        found: dict[UUID, list[Adjudication]] = defaultdict(list)
        for row in rows:
            found[row.claim_id].append(adjudication_of(row))
        return found

    def _read_holds(
        self,
    ) -> tuple[dict[UUID, dict[HoldKind, UUID]], dict[UUID, list[tuple[HoldKind, UUID]]]]:
        """Holds that stand, and what staff waived when they released others."""
        rows = self._connection.execute(
            select(Hold.claim_id, Hold.hold_id, Hold.kind, Hold.released_at, Hold.waived_ids).where(
                Hold.practice_id == self._practice_id,
                Hold.claim_id == func.any(self._claim_ids),
                or_(Hold.released_at.is_(None), func.cardinality(Hold.waived_ids) > 0),
            )
        ).all()
        standing: dict[UUID, dict[HoldKind, UUID]] = defaultdict(dict)
        waived: dict[UUID, list[tuple[HoldKind, UUID]]] = defaultdict(list)
        for row in rows:
            kind = HoldKind(row.kind)
            if row.released_at is None:
                standing[row.claim_id][kind] = row.hold_id
            waived[row.claim_id] += [(kind, one) for one in row.waived_ids]
        return standing, waived

    def _read_sums(self, *, by_line: bool) -> "dict[UUID, _LedgerSums]":
        """Sums of postings by account and target; ``paying``: of the patient's money."""
        found: dict[UUID, _LedgerSums] = defaultdict(_LedgerSums)
        charge_id = PostingRow.charge_id if by_line else _WHOLE_CLAIM
        paying = JournalEntryRow.business_event.in_([event.value for event in PATIENTS_MONEY])
        helping = JournalEntryRow.business_event == BusinessEvent.ASSISTANCE_GRANTED.value
        is_given = helping & (PostingRow.account == LedgerAccount.CHARITY_CARE.value)
        helped = case((is_given, PostingRow.amount_cents), else_=0)
        rows = self._connection.execute(
            select(
                PostingRow.claim_id,
                charge_id.label("charge_id"),
                PostingRow.account,
                paying.label("paying"),
                func.sum(PostingRow.amount_cents).label("cents"),
                func.sum(helped).label("helped"),
            )
            .join(
                JournalEntryRow,
                (JournalEntryRow.practice_id == self._practice_id)
                & (JournalEntryRow.entry_id == PostingRow.entry_id),
            )
            .where(
                PostingRow.practice_id == self._practice_id,
                PostingRow.claim_id == func.any(self._claim_ids),
            )
            .group_by(PostingRow.claim_id, charge_id, PostingRow.account, paying)
        ).all()
        for claim_id, target, account, is_paying, cents, helped_cents in rows:
            if claim_id is not None:
                sums = found[claim_id]
                sums.add(target, _ACCOUNTS[account], int(cents), is_paying=is_paying)
                sums.helped_cents += int(helped_cents)
        return found


@dataclass(slots=True)
class _LedgerSums:
    """One claim's postings, summed."""

    by_account: dict[LedgerAccount, int] = field(default_factory=dict)
    pending: dict[UUID | None, int] = field(default_factory=dict)
    receivable: dict[UUID | None, int] = field(default_factory=dict)
    paid: dict[UUID | None, int] = field(default_factory=dict)
    let_off: dict[UUID | None, dict[LedgerAccount, int]] = field(default_factory=dict)
    helped_cents: int = 0

    def add(
        self, target: UUID | None, account: LedgerAccount, cents: int, *, is_paying: bool
    ) -> None:
        self.by_account[account] = self.by_account.get(account, 0) + cents
        if account is LedgerAccount.PATIENT_PENDING:
            _put(self.pending, target, cents)
        elif account in OWED_ACCOUNTS:
            _put(self.receivable, target, cents)
            if is_paying:
                _put(self.paid, target, -cents)
        elif account in LET_OFF_ACCOUNTS:
            by_account = self.let_off.setdefault(target, {})
            by_account[account] = by_account.get(account, 0) + cents

    def balances(self) -> dict[UUID | None, PatientBalance]:
        return {
            target: PatientBalance(
                self.pending.get(target, 0),
                self.receivable.get(target, 0),
                self.paid.get(target, 0),
                tuple(one for one in self.let_off.get(target, {}).items() if one[1]),
            )
            for target in {**self.pending, **self.receivable}
        }


_NO_SUMS = _LedgerSums()


def _put(sums: dict[UUID | None, int], target: UUID | None, cents: int) -> None:
    sums[target] = sums.get(target, 0) + cents


def _waiting_credit(kept: Mapping[str, int]) -> dict[UUID | None, int]:
    return {(UUID(target) if target else None): cents for target, cents in kept.items()}


def _waiting_let_off(kept: Mapping[str, Mapping[str, int]]) -> dict[UUID | None, LetOff]:
    return {
        (UUID(target) if target else None): tuple(
            (_ACCOUNTS[account], cents) for account, cents in let_off.items()
        )
        for target, let_off in kept.items()
    }
