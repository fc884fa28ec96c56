"""One remittance file on its way into the books, batch by batch, all in one transaction."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final
from uuid import UUID

from portal.db import LoaderTransaction, new_id
from portal.domain.adjudication import DecisionContext, Disposition, decide
from portal.domain.claim_position import ClaimPosition, Outcome
from portal.domain.claim_review import assign_guarantor
from portal.domain.earlier_decisions import Sender
from portal.domain.money import format_usd
from portal.domain.remittance import (
    ClaimPayment,
    Finding,
    Person,
    RemittanceHeader,
    RemittancePart,
    RemittanceTrailer,
)
from portal.remittances.claim_matching import find_claim
from portal.remittances.loading import Batch, Source
from portal.remittances.patients import PatientFinder
from portal.remittances.payment_closing import (
    OpenPayment,
    close_payment,
    difference_message,
    open_payment,
    store_told_before,
    unexplained_cents,
)
from portal.remittances.positions import KnownClaim, claims_numbered, coverages_of, in_force
from portal.remittances.report import Tally

BATCH_CLAIMS: Final = 1000

TASK_UNEXPLAINED: Final = "remittance_unexplained"
TASK_PAID_TWICE: Final = "payer_paid_twice"


class UnknownOrderError(RuntimeError):
    """A claim or trailer outside of a payment: the reader never yields one."""


@dataclass(frozen=True, slots=True)
class ImportRules:
    """What is the same for a whole file."""

    create_patients: bool
    number_is_account: bool
    payee_identifier: str  # the practice's; empty: not compared
    now: datetime
    today: date


def batches(
    parts: Iterable[RemittancePart], *, claims: int = BATCH_CLAIMS
) -> Iterator[list[RemittancePart]]:
    """The parts in file order, cut after so many claims."""
    batch: list[RemittancePart] = []
    count = 0
    for part in parts:
        batch.append(part)
        count += isinstance(part, ClaimPayment)
        if count == claims:
            yield batch
            batch, count = [], 0
    if batch:
        yield batch


class FileImport:
    """Takes the parts of one file. Holds one batch; what came before is read from the database."""

    def __init__(
        self, transaction: LoaderTransaction, *, file_id: UUID, rules: ImportRules
    ) -> None:
        self.tally = Tally()
        self._transaction = transaction
        self._practice_id = transaction.practice_id
        self._file_id = file_id
        self._rules = rules
        self._batch = Batch(rules.now)
        self._patients = PatientFinder(
            transaction.connection, transaction.practice_id, create=rules.create_patients
        )
        self._numbered: dict[str, list[KnownClaim]] = defaultdict(list)
        self._payment: OpenPayment | None = None
        self._context: DecisionContext | None = None

    def take(self, parts: Sequence[RemittancePart]) -> None:
        """Decide on some claims and write down all that follows."""
        claims = [part for part in parts if isinstance(part, ClaimPayment)]
        self._prepare(claims)
        for part in parts:
            match part:
                case ClaimPayment():
                    self._decide(part)
                case RemittanceHeader():
                    self._open(part)
                case RemittanceTrailer():
                    self._close(part)
                case Finding():
                    self.tally.findings += 1
        self._patients.store()
        self._batch.add_patients(self._patients.made)
        self._batch.load(self._transaction)

    def _prepare(self, claims: Sequence[ClaimPayment]) -> None:
        """What the database knows about the claims of a batch, and about their patients."""
        connection = self._transaction.connection
        self._patients.prepare(claims)
        self._numbered.clear()
        for known in claims_numbered(
            connection, self._practice_id, {claim.number for claim in claims}
        ):
            self._numbered[known.claim_number].append(known)

    def _open(self, header: RemittanceHeader) -> None:
        payment = open_payment(
            self._transaction.connection, self._practice_id, header, file_id=self._file_id
        )
        self._payment = payment
        self._context = DecisionContext(
            sender=Sender(str(payment.payer_id), payment.remittance_id, header.trace_number),
            today=self._rules.today,
            new_id=new_id,
        )

    def _decide(self, claim: ClaimPayment) -> None:
        payment, context = self._payment, self._context
        if payment is None or context is None:
            raise UnknownOrderError(f"claim at segment {claim.segment_number}")
        if payment.is_repeat:
            self.tally.count(claim, Disposition.DUPLICATE)
            return
        known = self._claim(claim)
        self._find_patient(known, claim)
        decision = decide(known.position, claim, context=context)
        known.position = decision.position
        known.charge_cents = decision.position.charge_cents or known.charge_cents
        _note_facts(known, claim)
        source = Source(
            remittance_id=payment.remittance_id,
            payer_id=payment.payer_id,
            payer_name=payment.header.payer.name,
            decided_on=payment.header.effective_on or self._rules.today,
        )
        self._batch.add_decision(known, claim, decision, source)
        payment.add(decision.entries)
        self.tally.count(claim, decision.disposition)
        self.tally.journal_entries += len(decision.entries)
        outcome = decision.adjudication.outcome
        if outcome is Outcome.DUPLICATE:
            payment.told_before_cents += claim.paid_cents
        else:
            payment.has_news = True
        if outcome is Outcome.PAID_TWICE:
            self._batch.add_task(
                kind=TASK_PAID_TWICE,
                subject_id=decision.adjudication.adjudication_id,
                message=(
                    f"Claim {claim.number}: the payer paid {format_usd(claim.paid_cents)} a second "
                    "time. It is owed back: return it within 60 days, or show why it is ours."
                ),
            )

    def _close(self, trailer: RemittanceTrailer) -> None:
        payment = self._payment
        if payment is None:
            raise UnknownOrderError("trailer")
        self.tally.findings += len(trailer.findings)
        entries = tuple(
            close_payment(payment, trailer.provider_adjustments, effective_on=self._rules.today)
        )
        for entry in entries:
            self._batch.add_entry(entry)
        self.tally.journal_entries += len(entries)
        if payment.is_repeat:
            return
        self.tally.paid_cents += payment.header.payment_cents - payment.told_before_cents
        if payment.told_before_cents:
            store_told_before(self._transaction.connection, self._practice_id, payment)
        difference_cents = unexplained_cents(payment)
        if difference_cents:
            self._batch.add_task(
                kind=TASK_UNEXPLAINED,
                subject_id=payment.remittance_id,
                message=difference_message(payment.header, difference_cents),
            )

    def _claim(self, claim: ClaimPayment) -> KnownClaim:
        numbered = self._numbered[claim.number]
        known = find_claim(numbered, claim, number_is_account=self._rules.number_is_account)
        if known is None:
            claim_id = new_id()
            known = KnownClaim(
                claim_id=claim_id,
                claim_number=claim.number,
                service_on=claim.service_from,
                patient_id=None,
                position=ClaimPosition(claim_id),
                patient_name=_name(claim.patient),
                member_identifier=claim.patient.identifier,
                is_new=True,
            )
            numbered.append(known)
        return known

    def _find_patient(self, known: KnownClaim, claim: ClaimPayment) -> None:
        """Nobody's claim gets its patient, and with it what was posted for nobody."""
        if known.patient_id is not None:
            return
        found = self._patients.find(claim)
        if found is None:
            return
        known.patient_id = found.patient_id
        known.last_name = found.last_name
        coverages = (
            coverages_of(self._transaction.connection, self._practice_id, {found.patient_id})
            if not found.is_new
            else {}
        )
        known.position = replace(
            known.position,
            coverages=in_force(coverages.get(found.patient_id, ()), known.service_on),
        )
        if known.is_new and not known.position.adjudications:
            known.position = replace(known.position, guarantor_id=found.guarantor_id)
            return
        changes = assign_guarantor(
            known.position, found.guarantor_id, cause_id=new_id(), today=self._rules.today
        )
        known.position = changes.position
        self._batch.assign(known)
        self._batch.change_holds(
            known, placed=changes.holds_placed, released=changes.holds_released, by="patient found"
        )
        for entry in changes.entries:
            self._batch.add_entry(entry)
        self.tally.journal_entries += len(changes.entries)


def _note_facts(known: KnownClaim, claim: ClaimPayment) -> None:
    """What the first payer did not say a later one may."""
    if known.service_on is None:
        known.service_on = claim.service_from
    if not known.provider_name and claim.rendering_provider is not None:
        known.provider_name = _name(claim.rendering_provider)


def _name(person: Person) -> str:
    return f"{person.first_name} {person.last_name}".strip()
