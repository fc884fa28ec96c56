"""One remittance file on its way into the books, batch by batch, all in one transaction.

While one batch is loaded, the next is decided: the connection is used by one of the two at a time.
What the batch under way changes is in memory, everything before it is read from the database.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final
from uuid import UUID

from portal.db import LoaderTransaction, new_id
from portal.domain.adjudication import Decision, DecisionContext, Disposition, decide
from portal.domain.claim_position import ClaimPosition, Outcome
from portal.domain.claim_review import assign_guarantor, reconsider_doubts
from portal.domain.earlier_decisions import Sender
from portal.domain.notices import notices_replaced
from portal.domain.payer_postings import rejection_taken_back
from portal.domain.quarantine import PayeeIdentity, Quarantine, notice_differs
from portal.domain.remittance import (
    ClaimPayment,
    Finding,
    Person,
    ProviderAdjustment,
    RemittanceHeader,
    RemittancePart,
    RemittanceTrailer,
)
from portal.ledger.visit_deposits import meet_deposits
from portal.remittances.posting.batch import Batch, Changes
from portal.remittances.posting.charged_visits import (
    ChargedVisit,
    charged_visits,
    may_be_charged,
)
from portal.remittances.posting.claim_matching import find_claim, review_doubts
from portal.remittances.posting.decision_tasks import tasks_of
from portal.remittances.posting.freed_credit import frees_credit, tell_of_freed_credit
from portal.remittances.posting.known_claims import KnownClaim, in_force
from portal.remittances.posting.loading import load
from portal.remittances.posting.number_bound import NumberBound
from portal.remittances.posting.patients import PatientFinder
from portal.remittances.posting.payment_closing import (
    OpenPayment,
    close_payment,
    difference_message,
    open_payment,
    unexplained_cents,
)
from portal.remittances.posting.positions import claims_numbered
from portal.remittances.posting.provider_adjustments import keep_provider_adjustments
from portal.remittances.posting.reasons_without_words import tell_of_reasons_without_words
from portal.remittances.posting.report import Tally
from portal.remittances.posting.rows import Source
from portal.remittances.posting.told_before import SetAsideBefore
from portal.remittances.quarantine.withheld_payments import TASK_WITHHELD

BATCH_CLAIMS: Final = 1000

TASK_UNEXPLAINED: Final = "remittance_unexplained"

_PATIENT_FOUND = "patient found"
_PUTS_MONEY_ASIDE = frozenset({Outcome.QUARANTINED, Outcome.WAITING})


class UnknownOrderError(RuntimeError):
    """A claim or trailer outside of a payment: the reader never yields one."""


@dataclass(frozen=True, slots=True)
class ImportRules:
    """What is the same for a whole file."""

    create_patients: bool
    number_is_account: bool
    reviews_denials: bool  # that are left to the patient
    payee: PayeeIdentity
    file_is_known: bool  # imported before: only what was withheld is taken in
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
    """Takes the parts of one file; ``worker`` runs one thing at a time."""

    def __init__(
        self,
        transaction: LoaderTransaction,
        worker: Executor,
        *,
        file_id: UUID,
        rules: ImportRules,
    ) -> None:
        self.tally = Tally()
        self.withheld: Quarantine | None = None  # why nothing of the last such payment was posted
        self._transaction = transaction
        self._worker = worker
        self._file_id = file_id
        self._rules = rules
        self._patients = PatientFinder(
            transaction.connection, transaction.practice_id, create=rules.create_patients
        )
        self._batch = Batch(rules.now)
        self._decided: Changes | None = None  # and not yet on its way
        self._loading: Future[None] | None = None
        self._numbered: dict[str, list[KnownClaim]] = defaultdict(list)
        self._charged: frozenset[ChargedVisit] = frozenset()  # of whom a batch may be about
        self._opened: deque[OpenPayment] = deque()  # in the order of their headers
        self._freed: set[UUID] = set()  # guarantors with credit to decide about
        self._reasons: set[str] = set()  # CARCs of shares
        self._moved: list[tuple[UUID, tuple[ProviderAdjustment, ...]]] = []  # PLB by payment
        self._number_bound = NumberBound()
        self._payment: OpenPayment | None = None
        self._context: DecisionContext | None = None

    def take(self, parts: Sequence[RemittancePart]) -> None:
        """Decide on some claims, while what was decided before is written down."""
        self._wait()
        self._keep_moved()
        self._prepare(parts)
        self._load_decided()
        for part in parts:
            match part:
                case ClaimPayment():
                    self._decide(part)
                case RemittanceHeader():
                    self._begin(self._opened.popleft())
                case RemittanceTrailer():
                    self._close(part)
                case Finding():
                    self.tally.findings += 1
        self._decided = self._batch.close(self._patients.take_made())
        self._batch = Batch(self._rules.now)

    def finish(self) -> None:
        """Write down what is left, and tell staff what it left free."""
        self._wait()
        self._load_decided()
        self._wait()
        self._keep_moved()
        meet_deposits(
            self._transaction.connection,
            self._transaction.practice_id,
            today=self._rules.today,
            now=self._rules.now,
        )
        tell_of_freed_credit(self._transaction, self._freed, now=self._rules.now)
        tell_of_reasons_without_words(self._transaction, self._reasons, now=self._rules.now)

    def _keep_moved(self) -> None:
        connection, practice_id = self._transaction.connection, self._transaction.practice_id
        for remittance_id, adjustments in self._moved:
            keep_provider_adjustments(connection, practice_id, remittance_id, adjustments)
        self._moved.clear()

    def _wait(self) -> None:
        """Until the connection is free; raises what went wrong in loading."""
        if self._loading is not None:
            self._loading.result()
            self._loading = None

    def _load_decided(self) -> None:
        if self._decided is not None:
            self._loading = self._worker.submit(load, self._transaction, self._decided)
            self._decided = None

    def _prepare(self, parts: Sequence[RemittancePart]) -> None:
        """All that has to be read before a batch can be decided, and its payments recorded."""
        connection, practice_id = self._transaction.connection, self._transaction.practice_id
        claims = [part for part in parts if isinstance(part, ClaimPayment)]
        numbers = {claim.number for claim in claims}
        self._patients.prepare(claims)
        # What the batch before this one touched is newer than what the database has.
        newest = {one.claim_id: one for ones in self._numbered.values() for one in ones}
        for known in claims_numbered(connection, practice_id, numbers):
            newest.setdefault(known.claim_id, known)
        self._numbered = defaultdict(list)
        for known in sorted(newest.values(), key=lambda one: one.claim_id):
            if known.claim_number in numbers:
                self._numbered[known.claim_number].append(known)
        self._charged = charged_visits(
            connection,
            practice_id,
            self._patients.guarantor_ids
            | {one.position.guarantor_id for one in newest.values() if one.position.guarantor_id},
        )
        self._opened += [
            open_payment(
                connection,
                practice_id,
                part,
                file_id=self._file_id,
                file_is_known=self._rules.file_is_known,
                ours=self._rules.payee,
                now=self._rules.now,
            )
            for part in parts
            if isinstance(part, RemittanceHeader)
        ]

    def _begin(self, payment: OpenPayment) -> None:
        trace_number = payment.header.trace_number
        self._payment = payment
        self._context = DecisionContext(
            sender=Sender(str(payment.payer_id), payment.remittance_id, trace_number),
            today=self._rules.today,
            new_id=new_id,
            reviews_denials=self._rules.reviews_denials,
        )

    def _decide(self, claim: ClaimPayment) -> None:
        payment, context = self._payment, self._context
        if payment is None or context is None:
            raise UnknownOrderError(f"claim at segment {claim.segment_number}")
        if payment.is_repeat:
            self.tally.count(claim, Disposition.DUPLICATE)
            return
        self._number_bound.count(claim)
        if payment.withheld is not None:
            self._batch.withhold(claim, payment.withheld, remittance_id=payment.remittance_id)
            self.tally.count(claim, Disposition.QUARANTINED)
            return
        known = self._claim(claim, payer_key=context.sender.payer_key)
        self._find_patient(known, claim)
        if may_be_charged(known, self._charged):
            known.position = replace(known.position, may_be_charged=True)
        self._take_notices_back(known, claim, payment, context)
        decision = decide(known.position, claim, context=context)
        if decision.adjudication.is_notice and decision.adjudication.outcome in _PUTS_MONEY_ASIDE:
            self._withhold_notice(payment, claim, decision)
            return
        self._note_freed(known.position, decision.position)
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
        self._review_doubts(known, by=source.payer_name)
        was_set_aside = payment.add(claim, decision)
        if was_set_aside is not None and was_set_aside.is_rejected:
            self._take_rejection_back(was_set_aside)
        self.tally.count(claim, _disposition(known, decision))
        self.tally.journal_entries += len(decision.entries)
        self._reasons |= decision.adjudication.share_reasons
        for kind, message in tasks_of(claim, decision, today=self._rules.today):
            subject_id = decision.adjudication.adjudication_id
            self._batch.add_task(kind=kind, subject_id=subject_id, message=message)

    def _take_rejection_back(self, rejected: SetAsideBefore) -> None:
        """Staff gave a claim of the payment up, and this file tells it correctly."""
        entries = rejection_taken_back(
            rejected.remittance_id,
            adjudication_id=rejected.quarantine_id,
            paid_cents=rejected.paid_cents,
            effective_on=self._rules.today,
        )
        self._batch.add_entries(entries)
        self._batch.tell_before(rejected.remittance_id, rejected.paid_cents)
        self._batch.end_tasks(rejected.quarantine_id)
        self.tally.journal_entries += len(entries)

    def _take_notices_back(
        self,
        known: KnownClaim,
        claim: ClaimPayment,
        payment: OpenPayment,
        context: DecisionContext,
    ) -> None:
        """Money that a notice told of is this payment's."""
        for taken in notices_replaced(known.position, claim, context=context):
            self._note_freed(known.position, taken.decision.position)
            known.position = taken.decision.position
            source = Source(
                remittance_id=taken.notice.remittance_id,
                payer_id=payment.payer_id,
                payer_name=payment.header.payer.name,
                decided_on=payment.header.effective_on or self._rules.today,
            )
            self._batch.add_decision(known, taken.reversal, taken.decision, source)
            self._batch.tell_before(source.remittance_id, taken.notice.paid_cents)
            self.tally.journal_entries += len(taken.decision.entries)

    def _withhold_notice(
        self, payment: OpenPayment, claim: ClaimPayment, decision: Decision
    ) -> None:
        """A notice brings no money that could be put aside: nothing of it is posted."""
        payment.withheld = notice_differs(claim, decision.quarantine)
        self._batch.withhold(claim, payment.withheld, remittance_id=payment.remittance_id)
        self.tally.count(claim, Disposition.QUARANTINED)

    def _close(self, trailer: RemittanceTrailer) -> None:
        payment = self._payment
        if payment is None:
            raise UnknownOrderError("trailer")
        self.tally.findings += len(trailer.findings)
        if payment.is_repeat:
            return
        if payment.withheld is not None:
            self._withhold(payment, payment.withheld, trailer)
            return
        entries = close_payment(
            payment, trailer.provider_adjustments, effective_on=self._rules.today
        )
        self._batch.add_entries(entries)
        self._moved.append((payment.remittance_id, trailer.provider_adjustments))
        self.tally.journal_entries += len(entries)
        self.tally.paid_cents += payment.header.payment_cents - payment.told_before_cents
        if payment.told_before_cents:
            self._batch.tell_before(payment.remittance_id, payment.told_before_cents)
        difference_cents = unexplained_cents(payment)
        if difference_cents:
            self._batch.add_task(
                kind=TASK_UNEXPLAINED,
                subject_id=payment.remittance_id,
                message=difference_message(payment.header, difference_cents),
            )

    def _withhold(
        self, payment: OpenPayment, fault: Quarantine, trailer: RemittanceTrailer
    ) -> None:
        remittance_id = payment.remittance_id
        self._batch.withhold_payment(
            payment.header, trailer.provider_adjustments, fault, remittance_id=remittance_id
        )
        self.withheld = fault
        if payment.was_withheld:
            self._batch.reopen_tasks(remittance_id)
            return
        self._batch.add_task(kind=TASK_WITHHELD, subject_id=remittance_id, message=fault.message)

    def _claim(self, claim: ClaimPayment, *, payer_key: str) -> KnownClaim:
        numbered = self._numbered[claim.number]
        known = find_claim(
            numbered,
            claim,
            payer_key=payer_key,
            patient_id=self._patients.on_record(claim) if numbered else None,
            number_is_account=self._rules.number_is_account,
        )
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
            )
            numbered.append(known)
        return known

    def _find_patient(self, known: KnownClaim, claim: ClaimPayment) -> None:
        """Nobody's claim gets its patient, and with it what was posted for nobody."""
        found = None if known.patient_id is not None else self._patients.find(claim)
        if found is None:
            return
        known.patient_id = found.patient_id
        known.last_name = found.last_name
        coverages = in_force(found.coverages, known.service_on)
        known.position = replace(known.position, coverages=coverages)
        if known.is_new and not known.position.adjudications:
            known.position = replace(known.position, guarantor_id=found.guarantor_id)
            return
        changes = assign_guarantor(
            known.position, found.guarantor_id, cause_id=new_id(), today=self._rules.today
        )
        known.position = changes.position
        self._batch.assign(known)
        self._batch.change_holds(
            known, placed=changes.holds_placed, released=changes.holds_released, by=_PATIENT_FOUND
        )
        self._batch.add_entries(changes.entries)
        self.tally.journal_entries += len(changes.entries)

    def _review_doubts(self, known: KnownClaim, *, by: str) -> None:
        """Hold, or let go, what may be one claim with the one just decided."""
        number_is_account = self._rules.number_is_account
        numbered = self._numbered[known.claim_number]
        for one, doubted in review_doubts(known, numbered, number_is_account=number_is_account):
            changes = reconsider_doubts(
                one.position, is_doubtful=bool(doubted), cause_id=new_id(), today=self._rules.today
            )
            if changes is not None:
                self._note_freed(one.position, changes.position)
                one.position = changes.position
                self._batch.change_holds(
                    one, placed=changes.holds_placed, released=changes.holds_released, by=by
                )
                self._batch.add_entries(changes.entries)
                self.tally.journal_entries += len(changes.entries)

    def _note_freed(self, before: ClaimPosition, after: ClaimPosition) -> None:
        if after.guarantor_id is not None and frees_credit(before, after):
            self._freed.add(after.guarantor_id)


def _disposition(known: KnownClaim, decision: Decision) -> Disposition:
    """With the holds that claims beside it raise or end."""
    if decision.disposition in {Disposition.POSTED, Disposition.HELD}:
        return Disposition.HELD if known.position.holds else Disposition.POSTED
    return decision.disposition


def _note_facts(known: KnownClaim, claim: ClaimPayment) -> None:
    """What the first payer did not say a later one may."""
    if known.service_on is None:
        known.service_on = claim.service_from
    if not known.provider_name and claim.rendering_provider is not None:
        known.provider_name = _name(claim.rendering_provider)


def _name(person: Person) -> str:
    return f"{person.first_name} {person.last_name}".strip()
