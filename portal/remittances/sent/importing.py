"""One file of sent claims on its way into the books, batch by batch, all in one transaction.

What a batch needs is read before it, what it changes is written after it.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

from sqlalchemy import delete, func, select

from portal.db import LoaderTransaction, new_id
from portal.domain.claim_position import ChargeLine, ClaimPosition
from portal.domain.claim_review import assign_guarantor, reassess
from portal.domain.hold_kinds import HoldKind
from portal.domain.journal import JournalEntry
from portal.domain.names import plain
from portal.domain.remittance import ClaimPayment, Finding, Organization, Person
from portal.domain.sent_claim import (
    ORIGINAL_REFERENCE,
    SentClaim,
    SentHeader,
    SentPart,
    SentPlan,
    SentTrailer,
    as_told_back,
)
from portal.domain.sent_claim_rules import Sending, SentEffect, SentOutcome, take_claim
from portal.ledger.visit_deposits import meet_deposits
from portal.practice.decisions import Adjudication
from portal.practice.models import Charge, Claim
from portal.remittances.findings import NOT_RECORDED
from portal.remittances.posting import rows
from portal.remittances.posting.batch import Batch
from portal.remittances.posting.claim_content import content_of
from portal.remittances.posting.claim_matching import find_claim
from portal.remittances.posting.copy_text import line
from portal.remittances.posting.importing import ImportRules, UnknownOrderError
from portal.remittances.posting.known_claims import KnownClaim, in_force
from portal.remittances.posting.loading import load
from portal.remittances.posting.patients import FoundPatient
from portal.remittances.posting.payers import payer_billed
from portal.remittances.posting.positions import claims_numbered, claims_with_ids
from portal.remittances.sent.coverages import CoverageBook, Filed, Term
from portal.remittances.sent.households import Households
from portal.remittances.sent.report import SentTally
from portal.remittances.sent.transmissions import OpenTransmission, open_transmission

BATCH_CLAIMS: Final = 500

TASK_DIFFERS: Final = "sent_claim_differs"
TASK_QUARANTINED: Final = "sent_claim_quarantined"
TASK_COVERAGE: Final = "coverage_differs"

_PRACTICE = "the practice's claim"  # who places and ends holds here
_NOTHING_BILLED = "It asks what a plan would pay (CLM19 PB); nothing was billed."
_NOTHING_TO_VOID = "It voids a claim, but none of its number is on record."
_WHICH_ONE = "It changes a claim, but which one of its number cannot be told."
_DECIDED_UNDER_ANOTHER_NUMBER = (
    "It changes a claim that a payer has decided on under another number (REF*F8)."
)
_COVERAGE_MESSAGE = (
    "Claim {number} was sent to another plan, or in another order, than is on file for the patient "
    "on that day. Say which is right: end the old plan, or correct the claim."
)


def sent_batches(parts: Iterable[SentPart]) -> Iterator[list[SentPart]]:
    """The parts in file order, cut after so many claims."""
    batch: list[SentPart] = []
    count = 0
    for part in parts:
        batch.append(part)
        count += isinstance(part, SentClaim)
        if count == BATCH_CLAIMS:
            yield batch
            batch, count = [], 0
    if batch:
        yield batch


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """A patient told apart from any claim, with their plans and when those are in force."""

    told: SentClaim  # nothing was billed: only the people in it count
    plans: tuple[tuple[SentPlan, Term], ...]


@dataclass(slots=True)
class SentFile:
    """Takes the parts of one file."""

    transaction: LoaderTransaction
    file_id: UUID
    rules: ImportRules
    tally: SentTally = field(default_factory=SentTally)
    _households: Households = field(init=False)
    _coverages: CoverageBook = field(init=False)
    _batch: Batch = field(init=False)
    _transmission: OpenTransmission | None = None
    _numbered: dict[str, list[KnownClaim]] = field(default_factory=dict)
    _decided_elsewhere: set[str] = field(default_factory=set)  # payers' numbers (CLP07)
    _payers: dict[Organization, UUID] = field(default_factory=dict)
    _lines: dict[UUID, tuple[KnownClaim, ChargeLine]] = field(default_factory=dict)  # to store
    _gone: list[UUID] = field(default_factory=list)  # stored lines that a replacement took away

    def __post_init__(self) -> None:
        connection, practice_id = self.transaction.connection, self.transaction.practice_id
        self._households = Households(connection, practice_id, create=self.rules.create_patients)
        self._coverages = CoverageBook(connection, practice_id)
        self._batch = Batch(self.rules.now)

    def take(self, parts: Sequence[SentPart]) -> None:
        """Read what the claims are about, take them one by one, write down what they change."""
        self._prepare([part for part in parts if isinstance(part, SentClaim)])
        for part in parts:
            match part:
                case SentClaim():
                    self._take(part)
                case SentHeader():
                    self._transmission = open_transmission(
                        self.transaction.connection,
                        self.transaction.practice_id,
                        part,
                        file_id=self.file_id,
                        today=self.rules.today,
                    )
                case SentTrailer():
                    self.tally.findings += len(part.findings)
                    self._store()  # the next transaction may be this one again
                case Finding():
                    self.tally.findings += 1
        self._store()

    def know(self, people: Sequence[KnownPerson]) -> None:
        """People and their plans are put on file; nothing is billed by it."""
        self._households.prepare([as_told_back(one.told) for one in people])
        for one in people:
            patient = self._households.find(one.told, as_told_back(one.told))
            if patient is None:
                continue
            self._coverages.prepare({patient.patient_id})
            filed = [
                self._coverages.take_for(patient, plan, term, payer_id=self._payer(plan.payer))
                for plan, term in one.plans
                if plan.rank is not None and _is_named(plan.payer)
            ]
            self.tally.coverages_added += filed.count(Filed.ADDED)
        self._store()

    def finish(self) -> None:
        """What depends on the whole file: claims under other plans, deposits for their shares."""
        self._look_again()
        meet_deposits(
            self.transaction.connection,
            self.transaction.practice_id,
            today=self.rules.today,
            now=self.rules.now,
        )

    def _look_again(self) -> None:
        """At claims of patients whose insurance has changed."""
        patient_ids = list(self._coverages.changed)
        if not patient_ids:
            return
        connection, practice_id = self.transaction.connection, self.transaction.practice_id
        claim_ids = connection.scalars(
            select(Claim.claim_id).where(
                Claim.practice_id == practice_id, Claim.patient_id == func.any(patient_ids)
            )
        ).all()
        for known in claims_with_ids(connection, practice_id, claim_ids) if claim_ids else ():
            changes = reassess(known.position, cause_id=new_id(), today=self.rules.today)
            if changes.entries or changes.holds_placed or changes.holds_released:
                known.position = changes.position
                self._change(known, changes.holds_placed, changes.holds_released)
                self._post(changes.entries)
        self._store()

    def _prepare(self, claims: Sequence[SentClaim]) -> None:
        connection, practice_id = self.transaction.connection, self.transaction.practice_id
        self._households.prepare([as_told_back(claim) for claim in claims])
        self._numbered = defaultdict(list)
        for known in claims_numbered(connection, practice_id, {one.number for one in claims}):
            self._numbered[known.claim_number].append(known)
        originals = {
            claim.reference(ORIGINAL_REFERENCE) for claim in claims if _changes_another(claim)
        } - {""}
        found = (
            connection.scalars(
                select(Adjudication.payer_control_number).where(
                    Adjudication.practice_id == practice_id,
                    Adjudication.payer_control_number == func.any(list(originals)),
                )
            ).all()
            if originals
            else ()
        )
        self._decided_elsewhere = set(found)

    def _take(self, claim: SentClaim) -> None:
        transmission = self._transmission
        if transmission is None:
            raise UnknownOrderError(f"claim at segment {claim.segment_number}")
        sending = Sending(new_id(), self.rules.today, new_id)
        if transmission.is_repeat(claim):
            self.tally.count(claim, SentOutcome.DUPLICATE, is_held=False)
            return
        reason = _fault(claim)
        if reason:
            effect = SentEffect(
                SentOutcome.QUARANTINED, ClaimPosition(sending.sent_claim_id), reason=reason
            )
            self._file(claim, None, effect, sending)
            return
        told = as_told_back(claim)
        known = self._known(claim, told)
        if known is None:
            self._take_unknown(claim, told, sending)
            return
        effect = take_claim(known.position, claim, sending=sending)
        if effect.outcome is not SentOutcome.DIFFERING:
            self._apply(known, claim, effect)
            patient = None if known.patient_id else self._households.find(claim, told)
            if patient is not None:
                self._assign(known, patient)
            self._insure(known, claim, sending)
        self._file(claim, known, effect, sending)

    def _known(self, claim: SentClaim, told: ClaimPayment) -> KnownClaim | None:
        """The claim on record that it is."""
        numbered = self._numbered[claim.number]
        if not numbered:
            return None
        payer_id = self._billed(claim)
        is_account = self.rules.number_is_account
        known = find_claim(
            numbered,
            told,
            payer_key="" if payer_id is None else str(payer_id),
            patient_id=self._households.on_record(told),
            number_is_account=is_account,
        )
        if known is None and _changes_another(claim) and not is_account:
            return _only_one(numbered, told)
        return known

    def _take_unknown(self, claim: SentClaim, told: ClaimPayment, sending: Sending) -> None:
        """Nothing of this number is on record, or only claims of others."""
        if reason := self._why_nothing_changes(claim):
            nothing = ClaimPosition(sending.sent_claim_id)
            effect = SentEffect(SentOutcome.DIFFERING, nothing, reason=reason)
            self._file(claim, None, effect, sending)
            return
        known = _new_claim(told, self._households.find(claim, told))
        effect = take_claim(known.position, claim, sending=sending)
        self._numbered[claim.number].append(known)
        self._apply(known, claim, effect)
        self._insure(known, claim, sending)
        self._file(claim, known, effect, sending)

    def _why_nothing_changes(self, claim: SentClaim) -> str:
        """Of a claim that is to change one, when that one is not found; empty: it may be new."""
        if not _changes_another(claim):
            return ""
        if claim.reference(ORIGINAL_REFERENCE) in self._decided_elsewhere:
            return _DECIDED_UNDER_ANOTHER_NUMBER
        if self._numbered[claim.number]:
            return _WHICH_ONE
        return _NOTHING_TO_VOID if claim.is_void else ""

    def _apply(self, known: KnownClaim, claim: SentClaim, effect: SentEffect) -> None:
        """The claim is as it was sent."""
        known.position = effect.position
        known.charge_cents = effect.position.charge_cents or 0
        if known.service_on is None or effect.outcome is SentOutcome.REPLACED:
            known.service_on = claim.service_from or known.service_on
        if not known.provider_name and claim.rendering_provider is not None:
            known.provider_name = _name(claim.rendering_provider)
        for one in effect.gone_charges:
            if self._lines.pop(one.charge_id, None) is None:
                self._gone.append(one.charge_id)
        self._lines.update({one.charge_id: (known, one) for one in effect.new_charges})
        self._change(known, effect.holds_placed, effect.holds_released)
        self._post(effect.entries)

    def _assign(self, known: KnownClaim, patient: FoundPatient) -> None:
        """A claim that was nobody's has its patient now."""
        known.patient_id, known.last_name = patient.patient_id, patient.last_name
        coverages = in_force(patient.coverages, known.service_on)
        known.position = replace(known.position, coverages=coverages)
        changes = assign_guarantor(
            known.position, patient.guarantor_id, cause_id=new_id(), today=self.rules.today
        )
        known.position = changes.position
        self._batch.assign(known)
        self._change(known, changes.holds_placed, changes.holds_released)
        self._post(changes.entries)

    def _insure(self, known: KnownClaim, claim: SentClaim, sending: Sending) -> None:
        """Every plan the claim names, on the patient's file."""
        guarantor_id = known.position.guarantor_id
        if known.patient_id is None or guarantor_id is None or claim.is_void:
            return
        self._coverages.prepare({known.patient_id})
        whose = FoundPatient(known.patient_id, guarantor_id, known.last_name)
        filed = [
            self._coverages.take(whose, claim, plan, payer_id=self._payer(plan.payer))
            for plan in claim.plans
            if plan.rank is not None and _is_named(plan.payer)
        ]
        self.tally.coverages_added += filed.count(Filed.ADDED)
        if Filed.CONTRADICTS in filed:
            message = _COVERAGE_MESSAGE.format(number=claim.number)
            self._batch.add_task(
                kind=TASK_COVERAGE, subject_id=sending.sent_claim_id, message=message
            )

    def _file(
        self, claim: SentClaim, known: KnownClaim | None, effect: SentEffect, sending: Sending
    ) -> None:
        """The claim as it was sent, and what became of it."""
        transmission = self._transmission
        if transmission is None:
            raise UnknownOrderError(f"claim at segment {claim.segment_number}")
        self._batch.add_lines(
            "sent_claims",
            [
                line(
                    (
                        sending.sent_claim_id,
                        transmission.transmission_id,
                        known.claim_id if known else None,
                        known.position.guarantor_id if known else None,
                        self._billed(claim),
                        claim.plan.rank,
                        claim.number,
                        claim.frequency,
                        claim.charge_cents,
                        transmission.sent_on,
                        effect.outcome,
                    )
                )
            ],
        )
        where = f"CLM, segment {claim.segment_number}"
        content = json.dumps(content_of(claim))
        self._batch.add_lines(
            "sent_claim_contents",
            [line((sending.sent_claim_id, effect.reason, where, content))],
        )
        if effect.reason:
            kind = TASK_DIFFERS if effect.outcome is SentOutcome.DIFFERING else TASK_QUARANTINED
            message = (
                f"Claim {claim.number} as the practice sent it was not recorded. {effect.reason}"
            )
            self._batch.add_task(kind=kind, subject_id=sending.sent_claim_id, message=message)
        is_held = known is not None and bool(known.position.holds)
        self.tally.count(claim, effect.outcome, is_held=is_held)

    def _change(
        self, known: KnownClaim, placed: frozenset[HoldKind], released: frozenset[HoldKind]
    ) -> None:
        self._batch.touch(known)
        self._batch.change_holds(known, placed=placed, released=released, by=_PRACTICE)

    def _post(self, entries: Sequence[JournalEntry]) -> None:
        self._batch.add_entries(entries)
        self.tally.journal_entries += len(entries)

    def _billed(self, claim: SentClaim) -> UUID | None:
        """The payer it was sent to, if it names one."""
        payer = claim.plan.payer
        return self._payer(payer) if _is_named(payer) else None

    def _payer(self, payer: Organization) -> UUID:
        if payer not in self._payers:
            self._payers[payer] = payer_billed(
                self.transaction.connection, self.transaction.practice_id, payer
            )
        return self._payers[payer]

    def _store(self) -> None:
        """People, then what hangs on them."""
        self.tally.patients_made += self._households.store()
        self._batch.add_lines("coverages", self._coverages.take_lines())
        lines = [rows.charge_line(known, one) for known, one in self._lines.values()]
        self._batch.add_lines("charges", lines)
        self._lines.clear()
        if self._gone:
            self.transaction.execute(
                delete(Charge).where(
                    Charge.practice_id == self.transaction.practice_id,
                    Charge.charge_id == func.any(self._gone),
                )
            )
            self._gone = []
        load(self.transaction, self._batch.close(()))
        self._batch = Batch(self.rules.now)


def _fault(claim: SentClaim) -> str:
    """Why a claim may not be recorded, whatever is on record; empty: it may."""
    if claim.is_predetermination:
        return _NOTHING_BILLED
    faults = [found.message for found in claim.findings if found.code in NOT_RECORDED]
    return faults[0] if faults else ""


def _is_named(payer: Organization) -> bool:
    return bool(payer.name or payer.identifier)


def _changes_another(claim: SentClaim) -> bool:
    return claim.is_replacement or claim.is_void


def _only_one(numbered: Sequence[KnownClaim], told: ClaimPayment) -> KnownClaim | None:
    """The practice's own number says which claim is changed, be it in all but the patient."""
    one = numbered[0] if len(numbered) == 1 else None
    if one is None or plain(one.patient_name) != plain(_name(told.patient)):
        return None
    return one


def _new_claim(told: ClaimPayment, patient: FoundPatient | None) -> KnownClaim:
    claim_id = new_id()
    return KnownClaim(
        claim_id=claim_id,
        claim_number=told.number,
        service_on=told.service_from,
        patient_id=patient.patient_id if patient else None,
        position=ClaimPosition(claim_id, patient.guarantor_id if patient else None),
        patient_name=_name(told.patient),
        last_name=patient.last_name if patient else "",
        member_identifier=told.patient.identifier,
    )


def _name(person: Person) -> str:
    return f"{person.first_name} {person.last_name}".strip()
