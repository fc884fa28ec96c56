"""Builders for payers' decisions, and a claim's whole life played in memory with its checks."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import count
from typing import Any
from uuid import UUID

from portal.domain.adjudication import Decision, DecisionContext, decide
from portal.domain.allocation import Allocation, OpenTarget, allocate
from portal.domain.claim_draft import ClaimChanges
from portal.domain.claim_position import ChargeSource, ClaimPosition
from portal.domain.earlier_decisions import Sender
from portal.domain.feed_postings import share_let_off
from portal.domain.journal import BusinessEvent, JournalEntry, LedgerAccount, Posting, Target
from portal.domain.ledger_identities import claim_figures, claim_violations
from portal.domain.payment_postings import payment_settled
from portal.domain.posting_rules import ClaimOccasion, charge_recorded
from portal.domain.posting_table import LET_OFF_ACCOUNTS, POSTING_TABLE
from portal.domain.remittance import Adjustment, ClaimPayment, ServiceLine

TODAY = date(2026, 3, 9)
SERVICE_ON = date(2026, 1, 15)
CLAIM = UUID(int=1)
GUARANTOR = UUID(int=2)


def adjustments(amounts: Mapping[str, int]) -> tuple[Adjustment, ...]:
    """``{"CO45": 3000, "PR1": 2000}`` as CAS triplets."""
    return tuple(Adjustment(key[:2], key[2:], cents) for key, cents in amounts.items())


def line(charge: int, paid: int, *, number: int = 1, **amounts: int) -> ServiceLine:
    """A service line with the practice's own line number; amounts as ``CO45=3000``."""
    return ServiceLine(
        number=number,
        qualifier="HC",
        code=f"9921{number % 10}",
        modifiers=(),
        charge_cents=charge,
        paid_cents=paid,
        service_from=SERVICE_ON,
        control_number=f"L{number}",
        adjustments=adjustments(amounts),
    )


def claim(
    *lines: ServiceLine, status: str = "1", icn: str = "ICN1", **changes: Any
) -> ClaimPayment:
    """A claim whose charge, payment and CLP05 are the sums of its lines, unless changed."""
    built = ClaimPayment(
        number="A1",
        status=status,
        charge_cents=sum(one.charge_cents for one in lines),
        paid_cents=sum(one.paid_cents for one in lines),
        stated_responsibility_cents=None,
        payer_control_number=icn,
        service_from=SERVICE_ON,
        lines=lines,
    )
    built = replace(built, **changes)
    if "stated_responsibility_cents" not in changes:
        built = replace(built, stated_responsibility_cents=built.responsibility_cents)
    return built


def reversal_of(original: ClaimPayment, *, group: str | None = None) -> ClaimPayment:
    """The textbook reversal: all negated, groups kept, or all in one ``group`` such as CR."""

    def negated(amounts: Iterable[Adjustment]) -> tuple[Adjustment, ...]:
        return tuple(
            replace(one, amount_cents=-one.amount_cents, group=group or one.group)
            for one in amounts
        )

    return replace(
        original,
        status="22",
        charge_cents=-original.charge_cents,
        paid_cents=-original.paid_cents,
        stated_responsibility_cents=None,
        adjustments=negated(original.adjustments),
        lines=tuple(
            replace(
                one,
                charge_cents=-one.charge_cents,
                paid_cents=-one.paid_cents,
                adjustments=negated(one.adjustments),
            )
            for one in original.lines
        ),
    )


@dataclass
class Life:
    """One claim, fed with decisions; every step is checked against its identities."""

    position: ClaimPosition = field(
        default_factory=lambda: ClaimPosition(CLAIM, guarantor_id=GUARANTOR)
    )
    entries: list[JournalEntry] = field(default_factory=list)
    heard: list[tuple[ClaimPayment, Decision]] = field(default_factory=list)
    _ids: Iterator[int] = field(default_factory=lambda: count(1000))

    @classmethod
    def with_charge(cls, charge_cents: int) -> "Life":
        """The practice recorded what it billed."""
        position = ClaimPosition(
            CLAIM,
            guarantor_id=GUARANTOR,
            charge_cents=charge_cents,
            charge_source=ChargeSource.PRACTICE,
        )
        occasion = ClaimOccasion(CLAIM, GUARANTOR, TODAY)
        return cls(position, [charge_recorded(occasion, charge_cents=charge_cents)])

    def new_id(self) -> UUID:
        return UUID(int=next(self._ids))

    def hear(
        self, decided: ClaimPayment, *, payer: str = "P1", trace: str = "T1", file: int = 1
    ) -> Decision:
        """A payer's decision, in the remittance ``file`` under the trace number ``trace``."""
        context = DecisionContext(Sender(payer, UUID(int=file), trace), TODAY, self.new_id)
        decision = decide(self.position, decided, context=context)
        self._take(decision.position, decision.entries)
        self.heard.append((decided, decision))
        return decision

    def change(self, changes: ClaimChanges) -> ClaimChanges:
        """Something that people did."""
        self._take(changes.position, changes.entries)
        return changes

    def pay(self, cents: int) -> None:
        """The patient pays, on what may be billed; the rest stays as credit."""
        open_targets = [
            OpenTarget(Target(CLAIM, charge_id), SERVICE_ON, balance.receivable_cents)
            for charge_id, balance in self.position.balances.items()
        ]
        allocations = allocate(cents, open_targets)
        entry = payment_settled(
            self.new_id(), allocations, guarantor_id=GUARANTOR, effective_on=TODAY
        )
        balances = dict(self.position.balances)
        for one in allocations:
            if not one.is_unapplied:
                balance = balances[one.target.charge_id]
                balances[one.target.charge_id] = replace(
                    balance,
                    receivable_cents=balance.receivable_cents - one.amount_cents,
                    paid_cents=balance.paid_cents + one.amount_cents,
                )
        self._take(replace(self.position, balances=balances), (entry,))

    def let_off(
        self, cents: int, account: LedgerAccount = LedgerAccount.COURTESY_DISCOUNTS
    ) -> None:
        """The practice takes off what may be billed, as far as there is that much."""
        parts, balances = [], dict(self.position.balances)
        for charge_id, balance in self.position.balances.items():
            part = min(cents, balance.receivable_cents)
            if part > 0:
                cents -= part
                parts.append(Allocation(Target(CLAIM, charge_id), part))
                balances[charge_id] = replace(
                    balance,
                    receivable_cents=balance.receivable_cents - part,
                    let_off=tuple(
                        {
                            **dict(balance.let_off),
                            account: dict(balance.let_off).get(account, 0) + part,
                        }.items()
                    ),
                )
        if parts:
            entry = share_let_off(
                self.new_id(), parts, account, guarantor_id=GUARANTOR, effective_on=TODAY
            )
            self._take(replace(self.position, balances=balances), (entry,))

    def help(self, cents: int) -> None:
        """The same, because help with paying was granted."""
        self.let_off(cents, LedgerAccount.CHARITY_CARE)
        helped_cents = self.position.helped_cents + cents
        self.position = replace(self.position, helped_cents=helped_cents)

    def sums(self) -> dict[LedgerAccount, int]:
        """The trial balance, zeros left out."""
        totals: dict[LedgerAccount, int] = {}
        for posting in self._postings():
            totals[posting.account] = totals.get(posting.account, 0) + posting.amount_cents
        return {account: cents for account, cents in totals.items() if cents}

    def _postings(self) -> list[Posting]:
        return [posting for entry in self.entries for posting in entry.postings]

    def _take(self, position: ClaimPosition, entries: tuple[JournalEntry, ...]) -> None:
        self.position = position
        self.entries += entries
        for entry in entries:
            check_accounts(entry)
        keys = [(entry.business_event, entry.source_key) for entry in self.entries]
        assert len(keys) == len(set(keys)), "two entries share a source key"
        self._check_claim()
        self._check_targets()

    def _check_claim(self) -> None:
        """The ledger, summed anew, says what the position says, and breaks no identity."""
        on_claim: dict[LedgerAccount, int] = {}
        for posting in self._postings():
            if posting.target.claim_id == CLAIM:
                sums = on_claim.get(posting.account, 0)
                on_claim[posting.account] = sums + posting.amount_cents
        position = self.position
        figures = claim_figures(on_claim, patient_paid_cents=self._allocated())
        share = sum(one.share_cents for one in position.share_owners)
        assert not list(
            claim_violations(figures, decided_share_cents=share, held=bool(position.holds))
        )
        assert figures.charge_cents == (position.charge_cents or 0)
        assert figures.paid_cents == position.paid_cents
        assert figures.adjusted_cents == position.adjusted_cents
        assert figures.payer_receivable_cents == position.payer_receivable_cents

    def _check_targets(self) -> None:
        """Line by line, the patient's side is at rest and nowhere below zero."""
        pending: dict[UUID | None, int] = {}
        receivable: dict[UUID | None, int] = {}
        let_off: dict[UUID | None, int] = {}
        for posting in self._postings():
            if posting.account is LedgerAccount.PATIENT_PENDING:
                sums = pending
            elif posting.account is LedgerAccount.PATIENT_RECEIVABLE:
                sums = receivable
            elif posting.account in LET_OFF_ACCOUNTS:
                sums = let_off
            else:
                assert posting.target.charge_id is None, "payers' legs are per claim"
                continue
            charge_id = posting.target.charge_id
            sums[charge_id] = sums.get(charge_id, 0) + posting.amount_cents
        for charge_id, balance in self.position.balances.items():
            assert pending.pop(charge_id, 0) == balance.pending_cents >= 0
            assert receivable.pop(charge_id, 0) == balance.receivable_cents >= 0
            assert let_off.pop(charge_id, 0) == balance.let_off_cents >= 0
            assert balance.paid_cents >= 0
        assert not any(pending.values())
        assert not any(receivable.values())
        assert not any(let_off.values())

    def _allocated(self) -> int:
        """What payments and credits were put to the claim, from the events that do so."""
        return -sum(
            posting.amount_cents
            for entry in self.entries
            for posting in entry.postings
            if entry.business_event in _PAYING_EVENTS
            and posting.account is LedgerAccount.PATIENT_RECEIVABLE
        )


_PAYING_EVENTS = {
    BusinessEvent.PAYMENT_SETTLED,
    BusinessEvent.CREDIT_RELEASED,
    BusinessEvent.CREDIT_APPLIED,
}


def check_accounts(entry: JournalEntry) -> None:
    """The posting table allows each leg."""
    sides = POSTING_TABLE[entry.business_event]
    for posting in entry.postings:
        allowed = sides.debit if posting.amount_cents > 0 else sides.credit
        if sides.either_way:
            allowed = sides.debit | sides.credit
        assert posting.account in allowed, f"{entry.business_event}: {posting.account}"
