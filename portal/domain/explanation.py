"""How one bill became what is owed: the payers' decisions say where, the ledger says how much.

A line's figures come from what was decided on it. They are then held against the ledger, and where
the two disagree nothing is explained: a statement that does not add up is never issued.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from portal.domain.adjustment_classes import STANDARD_WRITE_OFFS, WRITE_OFF_GROUPS, WriteOffList
from portal.domain.journal import LedgerAccount
from portal.domain.money import format_usd
from portal.domain.remittance import PATIENT_RESPONSIBILITY
from portal.domain.service_kind import ServiceKind, service_kind
from portal.domain.statement import NOTHING, Figures, Share, StatementLine

WRITE_OFF_CLASSES: Mapping[LedgerAccount, str] = {
    LedgerAccount.CONTRACTUAL_ADJUSTMENTS: "contractual",
    LedgerAccount.BUNDLED_ADJUSTMENTS: "bundled",
    LedgerAccount.CAPITATION_ADJUSTMENTS: "capitation",
    LedgerAccount.SEQUESTRATION_ADJUSTMENTS: "sequestration",
    LedgerAccount.INCENTIVE_ADJUSTMENTS: "incentive",
    LedgerAccount.DENIAL_WRITE_OFFS: "denial",
}
"""Where amounts that nobody has to pay are posted, and what a statement line calls each class."""


class DoesNotAddUpError(ValueError):
    """What was decided on a claim and what the ledger holds for it differ; it says where."""


@dataclass(frozen=True, slots=True)
class BilledLine:
    """One charge of a claim."""

    charge_id: UUID
    qualifier: str
    code: str
    billed_cents: int


@dataclass(frozen=True, slots=True)
class DecidedAmount:
    """One CAS triplet; ``charge_id`` None is the claim as a whole."""

    charge_id: UUID | None
    group: str
    reason: str
    amount_cents: int


@dataclass(frozen=True, slots=True)
class Decision:
    """A payer's decision that stands: not voided, not a reversal, not a repeat."""

    payer_id: UUID
    payer_name: str
    rank: int
    paid_cents: int  # CLP04
    paid_on_lines: Mapping[UUID | None, int] = field(default_factory=dict)  # SVC03
    amounts: tuple[DecidedAmount, ...] = ()


@dataclass(frozen=True, slots=True)
class BilledClaim:
    """A claim as it was billed, and what was decided on it, oldest first."""

    billed_cents: int
    lines: tuple[BilledLine, ...]
    decisions: tuple[Decision, ...] = ()


@dataclass(frozen=True, slots=True)
class ClaimBooks:
    """What the ledger holds for a claim on a day. Mappings are by charge; None: the whole claim."""

    accounts: Mapping[LedgerAccount, int]  # debit positive
    owed: Mapping[UUID | None, int] = field(default_factory=dict)  # patient_receivable
    paid: Mapping[UUID | None, int] = field(default_factory=dict)  # by the patient
    insurance_moved_later: bool = False  # a payer's side has entries after that day

    @property
    def owed_cents(self) -> int:
        return sum(self.owed.values())

    @property
    def patient_paid_cents(self) -> int:
        return sum(self.paid.values())

    @property
    def billed_cents(self) -> int:
        return -self.accounts.get(LedgerAccount.GROSS_CHARGES, 0)

    @property
    def with_insurance_cents(self) -> int:
        return self.accounts.get(LedgerAccount.PAYER_RECEIVABLE, 0)

    @property
    def pending_cents(self) -> int:
        return self.accounts.get(LedgerAccount.PATIENT_PENDING, 0)

    @property
    def written_off_cents(self) -> int:
        return sum(self.accounts.get(account, 0) for account in WRITE_OFF_CLASSES)

    @property
    def plan_paid_cents(self) -> int:
        """What has settled the charge and is nobody else's: so it was paid by payers."""
        theirs = self.written_off_cents + self.with_insurance_cents + self.pending_cents
        return self.billed_cents - theirs - self.owed_cents - self.patient_paid_cents


def share_decisions(decisions: Sequence[Decision]) -> tuple[Decision, ...]:
    """The decisions a patient's share comes from: the highest rank, its parts together."""
    if not decisions:
        return ()
    rank = max(decision.rank for decision in decisions)
    highest = [decision for decision in decisions if decision.rank == rank]
    return tuple(one for one in highest if one.payer_id == highest[-1].payer_id)


def explain(
    claim: BilledClaim, books: ClaimBooks, *, write_offs: WriteOffList = STANDARD_WRITE_OFFS
) -> tuple[StatementLine, ...]:
    """The lines of a visit in the order they were billed, last what concerns the claim as a whole.

    Raises DoesNotAddUpError.
    """
    targets: list[UUID | None] = [line.charge_id for line in claim.lines]
    targets.append(None)
    billed: dict[UUID | None, int] = {line.charge_id: line.billed_cents for line in claim.lines}
    billed[None] = claim.billed_cents - sum(billed.values())
    plan_paid = _plan_paid(claim.decisions)
    shares = _shares(claim.decisions)
    _compare(claim, books, plan_paid_cents=sum(plan_paid.values()))
    room: dict[UUID | None, int] = {}
    for target in targets:
        share_cents = books.owed.get(target, 0) + books.paid.get(target, 0)
        decided_cents = sum(share.amount_cents for share in shares.get(target, ()))
        if claim.decisions:
            _same("patient's share of a line", decided_cents, share_cents)
        room[target] = billed[target] - plan_paid.get(target, 0) - share_cents
    taken_off, classes = _taken_off(claim.decisions, books, room, write_offs)
    known = {line.charge_id: line for line in claim.lines}
    lines = []
    for target in targets:
        figures = Figures(
            billed_cents=billed[target],
            taken_off_cents=taken_off[target],
            plan_paid_cents=plan_paid.get(target, 0),
            with_insurance_cents=room[target] - taken_off[target],
            you_paid_cents=books.paid.get(target, 0),
            you_owe_cents=books.owed.get(target, 0),
        )
        line = known.get(target) if target else None
        if line is not None or figures != NOTHING:
            lines.append(_line(line, figures, shares.get(target, ()), classes.get(target, ())))
    return tuple(lines)


def _line(
    line: BilledLine | None,
    figures: Figures,
    shares: tuple[Share, ...],
    classes: tuple[str, ...],
) -> StatementLine:
    if line is None:
        return StatementLine(None, ServiceKind.WHOLE_VISIT, "", figures, shares, classes)
    kind = service_kind(qualifier=line.qualifier, code=line.code)
    return StatementLine(line.charge_id, kind, line.code, figures, shares, classes)


def _plan_paid(decisions: Sequence[Decision]) -> dict[UUID | None, int]:
    """By line; what a payer paid or took back for the claim as a whole stands under None."""
    paid: dict[UUID | None, int] = {}
    for decision in decisions:
        for target, cents in decision.paid_on_lines.items():
            paid[target] = paid.get(target, 0) + cents
        rest = decision.paid_cents - sum(decision.paid_on_lines.values())
        paid[None] = paid.get(None, 0) + rest
    return paid


def _shares(decisions: Sequence[Decision]) -> dict[UUID | None, tuple[Share, ...]]:
    """PR by line and reason (X12 835 CAS, group PR), of the decisions the share comes from."""
    sums: dict[UUID | None, dict[str, int]] = {}
    for decision in share_decisions(decisions):
        for amount in decision.amounts:
            if amount.group == PATIENT_RESPONSIBILITY:
                reasons = sums.setdefault(amount.charge_id, {})
                reasons[amount.reason] = reasons.get(amount.reason, 0) + amount.amount_cents
    return {
        target: tuple(Share(reason, cents) for reason, cents in reasons.items() if cents)
        for target, reasons in sums.items()
    }


def _compare(claim: BilledClaim, books: ClaimBooks, *, plan_paid_cents: int) -> None:
    """The claim as a whole against the ledger."""
    _same("charge", claim.billed_cents, books.billed_cents)
    _same("payers' payments", plan_paid_cents, books.plan_paid_cents)
    if books.pending_cents:
        raise DoesNotAddUpError(f"{format_usd(books.pending_cents)} of the share is not released")


def _taken_off(
    decisions: Sequence[Decision],
    books: ClaimBooks,
    room: Mapping[UUID | None, int],
    write_offs: WriteOffList,
) -> tuple[dict[UUID | None, int], dict[UUID | None, tuple[str, ...]]]:
    """Write-offs by line, as far as the line has room: a later payer repeats the first one's.

    What the ledger wrote off beyond that (a denial given up by staff) goes to lines with room left.
    """
    taken = dict.fromkeys(room, 0)
    classes: dict[UUID | None, dict[str, None]] = {}
    for decision in decisions:
        for amount in decision.amounts:
            account = write_offs.account_for(amount.reason)
            if amount.group not in WRITE_OFF_GROUPS or account is None:
                continue
            if amount.charge_id not in taken:
                raise DoesNotAddUpError("a decision names a line that the claim does not have")
            taken[amount.charge_id] += amount.amount_cents
            classes.setdefault(amount.charge_id, {})[WRITE_OFF_CLASSES[account]] = None
    for target, cents in taken.items():
        if room[target] < min(cents, 0):
            raise DoesNotAddUpError("more was decided on a line than was billed for it")
        taken[target] = min(cents, room[target])
    rest = books.written_off_cents - sum(taken.values())
    by_staff = LedgerAccount.DENIAL_WRITE_OFFS in books.accounts
    for target, cents in taken.items():
        more = min(rest, room[target] - cents)
        if more > 0:
            taken[target] += more
            rest -= more
            label = "denial" if by_staff else "contractual"
            classes.setdefault(target, {})[label] = None
    _same("amounts written off", books.written_off_cents - rest, books.written_off_cents)
    return taken, {target: tuple(labels) for target, labels in classes.items()}


def _same(what: str, decided_cents: int, ledger_cents: int) -> None:
    if decided_cents != ledger_cents:
        decided, ledger = format_usd(decided_cents), format_usd(ledger_cents)
        raise DoesNotAddUpError(f"{what}: decided {decided}, in the ledger {ledger}")
