"""Adjudicated claims, payments and holds for tests: rows, and entries as the posting rules say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from portal.db import Database, Principal, new_id
from portal.domain import payer_postings, payment_postings, posting_rules
from portal.domain.adjustment_classes import STANDARD_WRITE_OFFS, WRITE_OFF_GROUPS
from portal.domain.agency_postings import placed
from portal.domain.allocation import Allocation as Part
from portal.domain.claim_position import Outcome
from portal.domain.journal import NOWHERE, JournalEntry, LedgerAccount, Target
from portal.domain.patient_share import ShareMove
from portal.domain.posting_rules import ClaimOccasion
from portal.ledger.journal import post
from portal.ledger.models import AgencyPlacement, Allocation, PlacedLine
from portal.practice.decisions import AdjudicatedLine, Adjudication, AdjustmentRow
from portal.practice.models import Hold, Payer
from portal.remittances.models import Remittance, RemittanceFile
from tests.builders import make_claim

POSTED_ON = date(2026, 3, 2)
POSTED_AT = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
Cas = tuple[str, str, int]
UNAPPLIED = NOWHERE


@dataclass(frozen=True, slots=True)
class Decided:
    """What a payer decided on one service line: its charge, payment and CAS triplets."""

    code: str
    charge_cents: int
    paid_cents: int
    adjustments: tuple[Cas, ...] = ()

    @property
    def share_cents(self) -> int:
        return sum(cents for group, _, cents in self.adjustments if group == "PR")


@dataclass(frozen=True, slots=True)
class MadeClaim:
    """A claim in the journal."""

    claim_id: UUID
    charge_ids: tuple[UUID, ...]
    adjudication_id: UUID
    lines: tuple[Decided, ...] = field(default=())

    def target(self, number: int = 1) -> Target:
        return Target(self.claim_id, self.charge_ids[number - 1])


COPAY = (Decided("99213", 12_000, 4_000, (("CO", "45", 4_000), ("PR", "3", 4_000))),)


def make_adjudicated_claim(
    database: Database,
    practice_id: UUID,
    *,
    guarantor_id: UUID,
    patient_id: UUID,
    lines: Sequence[Decided] = COPAY,
    claim_number: str = "C-1001",
    service_on: date = date(2026, 1, 14),
    payer_name: str = "Blue Horizon",
    posted_on: date = POSTED_ON,
    held: str = "",
) -> MadeClaim:
    """A claim that one payer decided: charged, paid, adjusted, its share released unless held."""
    claim_id, charge_ids = make_claim(
        database,
        practice_id,
        guarantor_id=guarantor_id,
        patient_id=patient_id,
        claim_number=claim_number,
        service_on=service_on,
        charges=tuple((line.code, line.charge_cents) for line in lines),
    )
    occasion = ClaimOccasion(claim_id, guarantor_id, posted_on)
    charged = sum(line.charge_cents for line in lines)
    with database.transaction(Principal.job(practice_id, role="test")) as session:
        _post(session, posting_rules.charge_recorded(occasion, charge_cents=charged))
        adjudication_id = decide(
            session,
            occasion,
            charge_ids,
            lines,
            payer_id=make_payer(session, practice_id, name=payer_name),
            held=bool(held),
        )
        if held:
            _hold(session, practice_id, kind=held, guarantor_id=guarantor_id, claim_id=claim_id)
    return MadeClaim(claim_id, charge_ids, adjudication_id, tuple(lines))


def decide(
    session: Session,
    occasion: ClaimOccasion,
    charge_ids: Sequence[UUID],
    lines: Sequence[Decided],
    *,
    payer_id: UUID,
    rank: int = 1,
    voids_id: UUID | None = None,
    held: bool = False,
    now: datetime = POSTED_AT,
) -> UUID:
    """A payer's decision and its entries; ``rank`` above 1 leaves the discount to the first."""
    adjudication_id = _store(
        session, occasion, charge_ids, lines, payer_id=payer_id, rank=rank, voids_id=voids_id
    )
    paid = sum(line.paid_cents for line in lines)
    if paid:
        _post(
            session,
            payer_postings.remittance_posted(
                occasion, adjudication_id=adjudication_id, paid_cents=paid
            ),
            now=now,
        )
    shares = [
        ShareMove(charge_id, pending_cents=line.share_cents)
        for charge_id, line in zip(charge_ids, lines, strict=True)
        if line.share_cents
    ]
    _post(
        session,
        posting_rules.claim_adjudicated(
            occasion,
            adjudication_id=adjudication_id,
            written_off=_written_off(lines) if rank == 1 else (),
            share=shares,
        ),
        now=now,
    )
    if not held:
        _post(
            session,
            posting_rules.share_released(
                occasion, cause_id=adjudication_id, share=[_turned(move) for move in shares]
            ),
            now=now,
        )
    return adjudication_id


def take_share_back(
    session: Session, occasion: ClaimOccasion, made: MadeClaim, *, now: datetime = POSTED_AT
) -> None:
    """What a later payer's decision does first."""
    moves = [
        ShareMove(charge_id, receivable_cents=-line.share_cents)
        for charge_id, line in zip(made.charge_ids, made.lines, strict=True)
        if line.share_cents
    ]
    _post(
        session, posting_rules.share_superseded(occasion, cause_id=new_id(), share=moves), now=now
    )


def make_payer(session: Session, practice_id: UUID, *, name: str) -> UUID:
    """An insurer, once per name."""
    found = session.scalar(
        select(Payer.payer_id).where(Payer.practice_id == practice_id, Payer.name == name)
    )
    if found is not None:
        return found
    payer_id = new_id()
    session.execute(
        insert(Payer).values(
            practice_id=practice_id, payer_id=payer_id, identifier=f"ID-{name}", name=name
        )
    )
    return payer_id


def hold_account(
    database: Database, practice_id: UUID, *, guarantor_id: UUID, kind: str = "do_not_bill"
) -> None:
    """Stop everything for a guarantor."""
    with database.transaction(Principal.job(practice_id, role="test")) as session:
        _hold(session, practice_id, kind=kind, guarantor_id=guarantor_id, claim_id=None)


def pay(
    database: Database,
    practice_id: UUID,
    *,
    guarantor_id: UUID,
    puts: Sequence[tuple[Target, int]],
    on: date,
    at: datetime,
) -> None:
    """A settled payment, put to lines; ``NOWHERE`` leaves a part unapplied."""
    payment_id = new_id()
    parts = [Part(target, cents) for target, cents in puts]
    entry = payment_postings.payment_settled(
        payment_id, parts, guarantor_id=guarantor_id, effective_on=on
    )
    with database.transaction(Principal.job(practice_id, role="test")) as session:
        entry_id = post(session, entry, now=at)
        session.execute(
            insert(Allocation).values(
                [
                    {
                        "practice_id": practice_id,
                        "allocation_id": new_id(),
                        "guarantor_id": guarantor_id,
                        "payment_id": payment_id,
                        "entry_id": entry_id,
                        "claim_id": part.target.claim_id,
                        "charge_id": part.target.charge_id,
                        "amount_cents": part.amount_cents,
                    }
                    for part in parts
                ]
            )
        )


def place_with_agency(
    database: Database,
    practice_id: UUID,
    lines: Mapping[Target, int],
    *,
    guarantor_id: UUID,
    on: date,
    at: datetime | None = None,
) -> None:
    """An agency asks for these cents of these lines from that day on."""
    placement_id, placed_at = new_id(), at or datetime.combine(on, time(20), UTC)
    entry = placed(placement_id, lines, guarantor_id=guarantor_id, effective_on=on)
    with database.transaction(Principal.job(practice_id, role="test")) as session:
        entry_id = post(session, entry, now=placed_at)
        session.execute(
            insert(AgencyPlacement).values(
                practice_id=practice_id,
                placement_id=placement_id,
                agency_name="Harbor Recovery",
                placed_at=placed_at,
                placed_by=new_id(),
            )
        )
        session.execute(
            insert(PlacedLine),
            [
                {
                    "practice_id": practice_id,
                    "placed_line_id": new_id(),
                    "placement_id": placement_id,
                    "guarantor_id": guarantor_id,
                    "claim_id": target.claim_id,
                    "charge_id": target.charge_id,
                    "amount_cents": cents,
                    "first_statement_on": on,
                    "entry_id": entry_id,
                }
                for target, cents in lines.items()
            ],
        )


def _written_off(lines: Sequence[Decided]) -> list[tuple[LedgerAccount, int]]:
    sums: dict[LedgerAccount, int] = {}
    for line in lines:
        for group, reason, cents in line.adjustments:
            account = STANDARD_WRITE_OFFS.account_for(reason)
            if group in WRITE_OFF_GROUPS and account is not None:
                sums[account] = sums.get(account, 0) + cents
    return list(sums.items())


def _turned(move: ShareMove) -> ShareMove:
    return ShareMove(move.charge_id, -move.pending_cents, move.pending_cents)


def _post(session: Session, entry: JournalEntry | None, *, now: datetime = POSTED_AT) -> None:
    if entry is not None:
        post(session, entry, now=now)


def _store(
    session: Session,
    occasion: ClaimOccasion,
    charge_ids: Sequence[UUID],
    lines: Sequence[Decided],
    *,
    payer_id: UUID,
    rank: int,
    voids_id: UUID | None,
) -> UUID:
    practice_id = session.info["principal"].practice_id
    adjudication_id = new_id()
    here = {"practice_id": practice_id, "adjudication_id": adjudication_id}
    theirs = here | {"guarantor_id": occasion.guarantor_id}
    session.execute(
        insert(Adjudication).values(
            **theirs,
            claim_id=occasion.claim_id,
            remittance_id=_make_remittance(session, practice_id, payer_id=payer_id),
            payer_id=payer_id,
            rank=rank,
            status="1" if voids_id is None else "22",
            payer_control_number="ICN1",
            trace_number="EFT1",
            charge_cents=sum(line.charge_cents for line in lines),
            paid_cents=sum(line.paid_cents for line in lines),
            responsibility_cents=sum(line.share_cents for line in lines),
            remarks=[],
            disposition=(Outcome.POSTED if voids_id is None else Outcome.REVERSAL).value,
            voids_id=voids_id,
            decided_on=occasion.effective_on,
            facts={},
        )
    )
    for number, (charge_id, line) in enumerate(zip(charge_ids, lines, strict=True), start=1):
        session.execute(
            insert(AdjudicatedLine).values(
                **theirs,
                line_number=number,
                charge_id=charge_id,
                procedure_code=line.code,
                charge_cents=line.charge_cents,
                paid_cents=line.paid_cents,
                remarks=[],
            )
        )
        for position, (group, reason, cents) in enumerate(line.adjustments, start=1):
            session.execute(
                insert(AdjustmentRow).values(
                    **theirs,
                    line_number=number,
                    position=position,
                    group_code=group,
                    reason_code=reason,
                    amount_cents=cents,
                    quantity="",
                )
            )
    return adjudication_id


def _make_remittance(session: Session, practice_id: UUID, *, payer_id: UUID) -> UUID:
    file_id, remittance_id = new_id(), new_id()
    session.execute(
        insert(RemittanceFile).values(
            practice_id=practice_id,
            file_id=file_id,
            sha256=file_id.bytes,
            name="made.835",
            byte_count=1,
            imported_at=POSTED_AT,
            imported_by="test",
            report={},
        )
    )
    session.execute(
        insert(Remittance).values(
            practice_id=practice_id,
            remittance_id=remittance_id,
            file_id=file_id,
            payer_id=payer_id,
            interchange_control=str(remittance_id),
            group_control="1",
            transaction_control="1",
            trace_number="EFT1",
            payment_method="ACH",
            payment_cents=0,
        )
    )
    return remittance_id


def _hold(
    session: Session,
    practice_id: UUID,
    *,
    kind: str,
    guarantor_id: UUID,
    claim_id: UUID | None,
) -> None:
    session.execute(
        insert(Hold).values(
            practice_id=practice_id,
            hold_id=new_id(),
            guarantor_id=guarantor_id,
            claim_id=claim_id,
            kind=kind,
            reason="",
            placed_at=POSTED_AT,
            placed_by="test",
        )
    )
