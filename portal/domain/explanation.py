"""How one bill became what is owed: the payers' decisions say where, the ledger says how much.

A line's figures come from what was decided on it. They are then held against the ledger, and where
the two disagree nothing is explained: a statement that does not add up is never issued.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias
from uuid import UUID

from portal.domain.adjustment_classes import (
    EARLIER_PAYER_EFFECT,
    STANDARD_WRITE_OFFS,
    WRITE_OFF_GROUPS,
    WriteOffList,
)
from portal.domain.billed_claim import (
    WRITE_OFF_CLASSES,
    BilledClaim,
    BilledLine,
    ClaimBooks,
    DecidedAmount,
    Decision,
)
from portal.domain.journal import LedgerAccount
from portal.domain.money import format_usd
from portal.domain.remittance import PATIENT_RESPONSIBILITY
from portal.domain.service_kind import ServiceKind, service_kind
from portal.domain.statement import (
    NOTHING,
    AnsweredAmount,
    Figures,
    PlanAnswer,
    PlanDecision,
    PlanReason,
    Share,
    StatementLine,
    TakenOff,
)

LET_OFF_CLASS = "practice"
"""What the practice took off the patient's own share."""

_ByLine: TypeAlias = dict[UUID | None, dict[str, int]]
_CONTRACTUAL = WRITE_OFF_CLASSES[LedgerAccount.CONTRACTUAL_ADJUSTMENTS]


class DoesNotAddUpError(ValueError):
    """What was decided on a claim and what the ledger holds for it differ; it says where."""


class _LineTooSmallError(DoesNotAddUpError):
    """More was decided on one line than was billed for it; the claim as a whole may still fit."""


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

    Where payers' lines do not fit ours, the visit is one line. Raises DoesNotAddUpError.
    """
    try:
        return _explain_lines(claim, books, write_offs)
    except _LineTooSmallError:
        return _explain_lines(_as_a_whole(claim), _books_as_a_whole(books), write_offs)


def _explain_lines(
    claim: BilledClaim, books: ClaimBooks, write_offs: WriteOffList
) -> tuple[StatementLine, ...]:
    known: dict[UUID | None, BilledLine] = {line.charge_id: line for line in claim.lines}
    targets = (*known, None)
    billed = {target: line.billed_cents for target, line in known.items()}
    billed[None] = claim.billed_cents - sum(billed.values())
    plan_paid = {
        target: sum(decision.paid_on(target) for decision in claim.decisions) for target in targets
    }
    shares = _shares(claim.decisions)
    _compare(claim, books, shares, plan_paid_cents=sum(plan_paid.values()))
    room = {
        target: billed[target] - plan_paid[target] - books.share_of(target) for target in targets
    }
    classes = _taken_off(claim.decisions, books, room, write_offs)
    lines = []
    for target in targets:
        kinds = {kind: cents for kind, cents in classes[target].items() if cents}
        with_insurance_cents = room[target] - sum(kinds.values())
        if books.let_off.get(target):
            kinds[LET_OFF_CLASS] = books.let_off[target]
        line = StatementLine(
            charge_id=target,
            service_kind=_service_kind(known.get(target)),
            procedure_code=known[target].code if target in known else "",
            figures=Figures(
                billed_cents=billed[target],
                taken_off_cents=sum(kinds.values()),
                plan_paid_cents=plan_paid[target],
                with_insurance_cents=with_insurance_cents,
                you_paid_cents=books.paid.get(target, 0),
                you_owe_cents=books.owed.get(target, 0),
                placed_cents=books.placed.get(target, 0),
            ),
            shares=shares.get(target, ()),
            taken_off=tuple(TakenOff(*one) for one in kinds.items()),
            answers=_answers(claim.decisions, target, write_offs),
            description=known[target].description if target in known else "",
        )
        if target is not None or line.figures != NOTHING:
            lines.append(line)
    return tuple(lines)


def plan_decisions(decisions: Sequence[Decision]) -> tuple[PlanDecision, ...]:
    """What each plan decided in all, the one that pays first first."""
    return tuple(
        PlanDecision(
            payer_name=parts[-1].payer_name,
            decided_on=max((one.decided_on for one in parts if one.decided_on), default=None),
            paid_cents=sum(one.paid_cents for one in parts),
            share_cents=sum(one.share_cents for one in parts),
            remarks=_remarks(parts, None),
        )
        for parts in _by_plan(decisions)
    )


def refusals(
    decisions: Sequence[Decision], *, write_offs: WriteOffList = STANDARD_WRITE_OFFS
) -> tuple[PlanReason, ...]:
    """Why plans did not pay what is nobody else's either: CO, PI, OA that are not written off."""
    reasons = (
        PlanReason(amount.group, amount.reason)
        for decision in decisions
        for amount in decision.amounts
        if amount.amount_cents and _is_refused(amount, write_offs)
    )
    return tuple(dict.fromkeys(reasons))


def _as_a_whole(claim: BilledClaim) -> BilledClaim:
    decisions = tuple(
        replace(
            decision,
            paid_on_lines={},
            amounts=tuple(replace(amount, charge_id=None) for amount in decision.amounts),
            remarks={None: _remarks([decision], *decision.remarks)},
        )
        for decision in claim.decisions
    )
    return BilledClaim(claim.billed_cents, (), decisions)


def _books_as_a_whole(books: ClaimBooks) -> ClaimBooks:
    return replace(
        books,
        owed={None: books.owed_cents},
        paid={None: books.patient_paid_cents},
        let_off={None: sum(books.let_off.values())},
        placed={None: sum(books.placed.values())},
    )


def _service_kind(line: BilledLine | None) -> ServiceKind:
    if line is None:
        return ServiceKind.WHOLE_VISIT
    return service_kind(qualifier=line.qualifier, code=line.code)


def _by_plan(decisions: Sequence[Decision]) -> list[list[Decision]]:
    """The parts of each plan's decision, in the order in which plans pay."""
    plans: dict[UUID, list[Decision]] = {}
    for decision in sorted(decisions, key=lambda one: one.rank):
        plans.setdefault(decision.payer_id, []).append(decision)
    return list(plans.values())


def _answers(
    decisions: Sequence[Decision], target: UUID | None, write_offs: WriteOffList
) -> tuple[PlanAnswer, ...]:
    """What each plan said of a line: a row of its own for each, also where it paid nothing."""
    answers = []
    for parts in _by_plan(decisions):
        sums: dict[tuple[str, str, bool], int] = {}
        for amount in (amount for one in parts for amount in one.amounts):
            if amount.charge_id == target:
                key = (amount.group, amount.reason, _is_refused(amount, write_offs))
                sums[key] = sums.get(key, 0) + amount.amount_cents
        answers.append(
            PlanAnswer(
                payer_name=parts[-1].payer_name,
                paid_cents=sum(one.paid_on(target) for one in parts),
                amounts=tuple(
                    AnsweredAmount(group, reason, cents, is_refused)
                    for (group, reason, is_refused), cents in sums.items()
                    if cents
                ),
                remarks=_remarks(parts, target) if target else (),
            )
        )
    return tuple(answers)


def _remarks(parts: Sequence[Decision], *targets: UUID | None) -> tuple[str, ...]:
    codes = (code for one in parts for target in targets for code in one.remarks.get(target, ()))
    return tuple(dict.fromkeys(codes))


def _is_refused(amount: DecidedAmount, write_offs: WriteOffList) -> bool:
    """Neither the patient's, nor written off, nor told of an earlier payer (OA-23)."""
    if amount.group == PATIENT_RESPONSIBILITY:
        return False
    if amount.group not in WRITE_OFF_GROUPS:
        return True
    return amount.reason != EARLIER_PAYER_EFFECT and write_offs.account_for(amount.reason) is None


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


def _compare(
    claim: BilledClaim,
    books: ClaimBooks,
    shares: Mapping[UUID | None, tuple[Share, ...]],
    *,
    plan_paid_cents: int,
) -> None:
    """The claim, and the patient's share of each line, against the ledger."""
    _same("charge", claim.billed_cents, books.billed_cents)
    _same("payers' payments", plan_paid_cents, books.plan_paid_cents)
    if books.pending_cents:
        raise DoesNotAddUpError(f"{format_usd(books.pending_cents)} of the share is not released")
    for target in (*(line.charge_id for line in claim.lines), None) if claim.decisions else ():
        decided_cents = sum(share.amount_cents for share in shares.get(target, ()))
        _same("patient's share of a line", decided_cents, books.share_of(target))


def _taken_off(
    decisions: Sequence[Decision],
    books: ClaimBooks,
    room: Mapping[UUID | None, int],
    write_offs: WriteOffList,
) -> _ByLine:
    """Write-offs by line and class, as far as the line has room: a later payer repeats the first's.

    What a payer repeated of another's may fit by line and still not have been posted: it stays with
    insurance. What the ledger wrote off beyond that (a denial given up) goes where room is left.
    """
    classes, below_zero = _told_write_offs(decisions, room, write_offs)
    for target, kinds in classes.items():
        _fit(kinds, room[target] - sum(below_zero[target].values()))
    if all(decision.written_off_cents is not None for decision in decisions):
        told = (*classes.values(), *below_zero.values())
        surplus = sum(sum(kinds.values()) for kinds in told)
        surplus -= sum(decision.written_off_cents or 0 for decision in decisions)
        for kinds in classes.values():
            surplus -= _cut(kinds, surplus)
    for target, kinds in below_zero.items():
        for kind, cents in kinds.items():
            _add(classes[target], kind, cents)
    rest = books.written_off_cents - sum(sum(kinds.values()) for kinds in classes.values())
    given_up = "denial" if LedgerAccount.DENIAL_WRITE_OFFS in books.accounts else _CONTRACTUAL
    for target, kinds in classes.items():
        more = min(rest, room[target] - sum(kinds.values()))
        if more > 0:
            _add(kinds, given_up, more)
            rest -= more
    _same("amounts written off", books.written_off_cents - rest, books.written_off_cents)
    return classes


def _told_write_offs(
    decisions: Sequence[Decision], targets: Iterable[UUID | None], write_offs: WriteOffList
) -> tuple[_ByLine, _ByLine]:
    """By line and class; apart what is below zero (CARC 94), which is never cut."""
    classes: _ByLine = {target: {} for target in targets}
    below_zero: _ByLine = {target: {} for target in classes}
    for decision in decisions:
        for amount in decision.amounts:
            account = write_offs.account_for(amount.reason)
            if amount.group not in WRITE_OFF_GROUPS or account is None:
                continue
            if amount.charge_id not in classes:
                raise DoesNotAddUpError("a decision names a line that the claim does not have")
            sums = classes if amount.amount_cents > 0 else below_zero
            _add(sums[amount.charge_id], WRITE_OFF_CLASSES[account], amount.amount_cents)
    return classes, below_zero


def _fit(kinds: dict[str, int], room_cents: int) -> None:
    """Cut what does not fit on a line. Raises DoesNotAddUpError."""
    if room_cents < 0:
        raise _LineTooSmallError("more was decided on a line than was billed for it")
    _cut(kinds, sum(kinds.values()) - room_cents)


def _cut(kinds: dict[str, int], surplus_cents: int) -> int:
    """Take a surplus off, the agreed price first; how much of it there was to take."""
    left = max(surplus_cents, 0)
    for kind in sorted(kinds, key=lambda kind: kind != _CONTRACTUAL):
        part = min(kinds[kind], left)
        kinds[kind] -= part
        left -= part
    return max(surplus_cents, 0) - left


def _add(kinds: dict[str, int], kind: str, cents: int) -> None:
    kinds[kind] = kinds.get(kind, 0) + cents


def _same(what: str, decided_cents: int, ledger_cents: int) -> None:
    if decided_cents != ledger_cents:
        decided, ledger = format_usd(decided_cents), format_usd(ledger_cents)
        raise DoesNotAddUpError(f"{what}: decided {decided}, in the ledger {ledger}")
