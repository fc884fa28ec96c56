"""Importing in tests: claims as payers send them, files of them, and what the books say."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import func, insert, select

from portal.db import Base, Database, Principal, new_id
from portal.domain.allocation import OpenTarget, allocate
from portal.domain.hold_kinds import HoldKind
from portal.domain.journal import LedgerAccount, Target
from portal.domain.money import format_plain
from portal.domain.payment_postings import payment_settled
from portal.ledger.checks import CheckFinding
from portal.ledger.checks import checks as ledger_checks
from portal.ledger.journal import post
from portal.ledger.models import Allocation
from portal.ledger.queries import account_sums, open_shares
from portal.practice.directory import PracticeRef
from portal.practice.models import Claim, Coverage, Payer, Task
from portal.remittances.checks import checks as remittance_checks
from portal.remittances.claims.listing import ClaimSummary, claims_list
from portal.remittances.claims.work import Act, match_patient, release_hold
from portal.remittances.service import ImportReport, import_file
from tests.remittances.x12_text import encoded, interchange, transaction

NOW = datetime(2026, 3, 9, 17, 0, tzinfo=UTC)
TODAY = date(2026, 3, 9)
ACT = Act(NOW, TODAY, "r")


@dataclass(frozen=True, slots=True)
class SentLine:
    """A service line; ``adjustments`` as ``{"CO45": 3000}``. What is not adjusted was paid."""

    charge_cents: int = 10_000
    adjustments: Mapping[str, int] = field(default_factory=lambda: {"CO45": 3_000, "PR3": 2_000})
    code: str = "99213"
    remarks: Sequence[str] = ()
    paid_cents: int | None = None  # None: what is left

    @property
    def left_cents(self) -> int:
        if self.paid_cents is not None:
            return self.paid_cents
        return self.charge_cents - sum(self.adjustments.values())


@dataclass(frozen=True, slots=True)
class SentClaim:
    """One CLP as a payer writes it."""

    lines: Sequence[SentLine] = (SentLine(),)
    number: str = "A1"
    status: str = "1"
    icn: str = "ICN1"
    last_name: str = "MARLOWE"
    first_name: str = "JUNE"
    member: str = "W1"
    service_on: date = date(2026, 1, 5)
    stated_cents: int | None = None  # CLP05; None: the sum of PR

    @property
    def paid_cents(self) -> int:
        return self.sign * sum(line.left_cents for line in self.lines)

    @property
    def sign(self) -> int:
        return -1 if self.status == "22" else 1

    def reversal(self) -> "SentClaim":
        """The same, taken back."""
        return replace(self, status="22")

    def segments(self) -> list[str]:
        charge = self.sign * sum(line.charge_cents for line in self.lines)
        responsibility = sum(
            cents
            for line in self.lines
            for key, cents in line.adjustments.items()
            if key.startswith("PR")
        )
        stated = responsibility if self.stated_cents is None else self.stated_cents
        shown = amount(stated) if stated and self.sign > 0 else ""
        day = self.service_on.strftime("%Y%m%d")
        head = f"CLP*{self.number}*{self.status}*{amount(charge)}*{amount(self.paid_cents)}*{shown}"
        segments = [
            f"{head}*12*{self.icn}",
            f"NM1*QC*1*{self.last_name}*{self.first_name}****MI*{self.member}",
            "NM1*82*1*OKAFOR*LENA",
        ]
        for number, line in enumerate(self.lines, start=1):
            charge_text = amount(self.sign * line.charge_cents)
            paid = amount(self.sign * line.left_cents)
            segments += [f"SVC*HC:{line.code}*{charge_text}*{paid}**1", f"DTM*472*{day}"]
            segments += [
                f"CAS*{key[:2]}*{key[2:]}*{amount(self.sign * cents)}"
                for key, cents in line.adjustments.items()
            ]
            segments.append(f"REF*6R*{self.number}L{number}")
            segments += [f"LQ*HE*{remark}" for remark in line.remarks]
        return segments


def amount(cents: int) -> str:
    return format_plain(cents).removesuffix(".00")


@dataclass(slots=True)
class ImportDesk:
    """Writes files, imports them, and looks into the books."""

    database: Database
    practice: PracticeRef
    folder: Path
    now: datetime = NOW
    _files: int = 0

    def write(
        self,
        *claims: SentClaim,
        trace: str = "",
        payer: str = "87726",
        payment_cents: int | None = None,
        plb: str = "",
        control: int = 0,
    ) -> Path:
        """A file with one payment; every file is another one unless trace and control say no."""
        self._files += 1
        paid_cents = sum(claim.paid_cents for claim in claims)
        body = [segment for claim in claims for segment in claim.segments()]
        segments = transaction(
            *body,
            *([plb] if plb else []),
            payment=amount(paid_cents if payment_cents is None else payment_cents),
            trace=trace or f"EFT{self._files}",
        )
        segments = [segment.replace("XV*87726", f"XV*{payer}") for segment in segments]
        path = self.folder / f"{self._files}.835"
        path.write_bytes(encoded(interchange(segments, control=f"{control or self._files:09d}")))
        return path

    def bring(
        self,
        path: Path,
        *,
        create_patients: bool = True,
        progress: Callable[[int, int], None] | None = None,
    ) -> ImportReport:
        """Import a file; afterwards the books are examined, whatever it was."""
        report = import_file(
            self.database,
            self.practice,
            path,
            create_patients=create_patients,
            now=self.now,
            today=self.practice.today(self.now),
            imported_by="test",
            progress=progress,
        )
        assert sum(report.cents.values()) == report.as_json()["charge_cents"]
        assert self.findings() == []
        return report

    def receive(self, *claims: SentClaim, payer: str = "87726") -> ImportReport:
        """A payment of a payer with these claims."""
        return self.bring(self.write(*claims, payer=payer))

    def findings(self) -> list[str]:
        """What the checks say, in words."""
        return [one.message for one in self.found()]

    def found(self) -> list[CheckFinding]:
        """What the checks of journal and remittances say."""
        with self.database.transaction(self.principal()) as session:
            return [*ledger_checks(session), *remittance_checks(session)]

    def allocated(self, number: str) -> dict[Target, int]:
        """What the guarantor's payments are put to."""
        guarantor_id = self.guarantor_id(number)
        with self.database.transaction(self.principal()) as session:
            rows = session.execute(
                select(
                    Allocation.claim_id,
                    Allocation.charge_id,
                    func.sum(Allocation.amount_cents).label("cents"),
                )
                .where(
                    Allocation.practice_id == self.practice.practice_id,
                    Allocation.guarantor_id == guarantor_id,
                )
                .group_by(Allocation.claim_id, Allocation.charge_id)
            )
            return {Target(row.claim_id, row.charge_id): int(row.cents) for row in rows}

    def claims(self) -> dict[str, ClaimSummary]:
        """By number (CLP01)."""
        return {one.claim_id: one for one in claims_list(self.database, self.practice)}

    def claim(self, number: str = "A1") -> ClaimSummary:
        return self.claims()[number]

    def claim_id(self, number: str = "A1") -> UUID:
        with self.database.transaction(self.principal()) as session:
            return session.scalars(
                select(Claim.claim_id).where(
                    Claim.practice_id == self.practice.practice_id, Claim.claim_number == number
                )
            ).one()

    def claim_ids(self, number: str = "A1") -> list[UUID]:
        """Oldest first."""
        with self.database.transaction(self.principal()) as session:
            query = select(Claim.claim_id).where(
                Claim.practice_id == self.practice.practice_id, Claim.claim_number == number
            )
            return list(session.scalars(query.order_by(Claim.claim_id)))

    def guarantor_id(self, number: str = "A1") -> UUID:
        with self.database.transaction(self.principal()) as session:
            found = session.scalars(
                select(Claim.guarantor_id).where(
                    Claim.practice_id == self.practice.practice_id, Claim.claim_number == number
                )
            ).one()
        assert found is not None
        return found

    def sums(self) -> dict[LedgerAccount, int]:
        """The trial balance, zeros left out."""
        with self.database.transaction(self.principal()) as session:
            return {account: cents for account, cents in account_sums(session).items() if cents}

    def tasks(self) -> list[str]:
        with self.database.transaction(self.principal()) as session:
            rows = session.scalars(
                select(Task.kind)
                .where(Task.practice_id == self.practice.practice_id)
                .order_by(Task.task_id)
            )
            return list(rows)

    def count(self, table: type[Base]) -> int:
        """Rows of the practice."""
        practice_id = table.__table__.c.practice_id
        with self.database.transaction(self.principal()) as session:
            query = select(func.count()).where(practice_id == self.practice.practice_id)
            return session.scalar(query) or 0

    def pay(self, number: str, cents: int) -> None:
        """The patient pays, on what is open."""
        guarantor_id = self.guarantor_id(number)
        with self.database.transaction(self.principal()) as session:
            open_targets = [
                OpenTarget(Target(one.claim_id, one.charge_id), TODAY, one.open_cents)
                for one in open_shares(session, guarantor_id)
            ]
            payment_id = new_id()
            parts = allocate(cents, open_targets)
            entry_id = post(
                session,
                payment_settled(payment_id, parts, guarantor_id=guarantor_id, effective_on=TODAY),
                now=NOW,
            )
            session.execute(
                insert(Allocation).values(
                    [
                        {
                            "practice_id": self.practice.practice_id,
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

    def cover(
        self, patient_id: UUID, guarantor_id: UUID, *, payer: str, rank: int, member: str
    ) -> None:
        """Insure a patient."""
        with self.database.transaction(self.principal()) as session:
            payer_id = new_id()
            practice = self.practice.practice_id
            session.execute(
                insert(Payer).values(
                    practice_id=practice, payer_id=payer_id, identifier=payer, name=payer
                )
            )
            session.execute(
                insert(Coverage).values(
                    practice_id=practice,
                    coverage_id=new_id(),
                    patient_id=patient_id,
                    guarantor_id=guarantor_id,
                    payer_id=payer_id,
                    member_identifier=member,
                    rank=rank,
                )
            )

    def release(self, number: str, kind: HoldKind, *, role: str = "poster") -> None:
        """Staff end a hold."""
        release_hold(
            self.database,
            self.staff(role),
            self.claim_id(number),
            kind,
            reason="The payer confirmed it by phone.",
            act=ACT,
        )
        assert self.findings() == []

    def match(self, number: str, patient_id: UUID) -> None:
        """Staff say whose claim it is."""
        match_patient(
            self.database,
            self.staff("poster"),
            self.claim_id(number),
            patient_id=patient_id,
            act=ACT,
        )
        assert self.findings() == []

    def staff(self, role: str) -> Principal:
        return Principal.staff(self.practice.practice_id, staff_id=UUID(int=7), role=role)

    def principal(self) -> Principal:
        return Principal.job(self.practice.practice_id, role="test")
