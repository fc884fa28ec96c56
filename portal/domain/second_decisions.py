"""A payer decided a claim twice and took nothing back: staff say which of the two stands.

The other is undone as by a reversal that takes no money: what was paid on it is owed back.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from portal.domain.adjudication import Decision, DecisionContext, decide
from portal.domain.claim_position import Adjudication, ClaimPosition, Outcome
from portal.domain.earlier_decisions import Sender, decides_again, told_with_its_money
from portal.domain.quarantine import Ruling
from portal.domain.remittance import REVERSAL_STATUS, Adjustment, ClaimPayment

_NOT_PAID = "OA"


@dataclass(frozen=True, slots=True)
class Undone:
    """A decision that does not stand, and the reversal that says so."""

    undone: Adjudication
    reversal: ClaimPayment
    decision: Decision


def second_decisions(position: ClaimPosition) -> tuple[Adjudication, ...]:
    """What waits because it decides again what another decision of the payer has settled."""
    settled = position.voided | position.taken_up
    return tuple(
        one
        for one in position.adjudications
        if one.outcome is Outcome.WAITING and one.adjudication_id not in settled
    )


def first_stands(
    position: ClaimPosition, *, today: date, new_id: Callable[[], UUID]
) -> tuple[Undone, ...]:
    """Everything that waits is undone, in this order."""
    waiting = second_decisions(position)
    return tuple(_undo(position, waiting, today=today, new_id=new_id))


def last_stands(
    position: ClaimPosition, *, today: date, new_id: Callable[[], UUID]
) -> tuple[Undone, ...]:
    """The last that waits takes the place of what it decides again, in this order.

    None of it where the journal cannot take it as it was read, nor where one payment told both:
    what it paid is with the first.
    """
    waiting = second_decisions(position)
    if not waiting:
        return ()
    last = waiting[-1]
    again = decides_again(position, last)
    if told_with_its_money(again, last):
        return ()
    leaving = (*waiting[:-1], *again)
    undone = tuple(_undo(position, leaving, today=today, new_id=new_id))
    stands = undone[-1].decision.position.live if undone else ()
    is_in_force = any(one.adjudication_id == last.adjudication_id for one in stands)
    return undone if is_in_force else ()


def _undo(
    position: ClaimPosition,
    leaving: tuple[Adjudication, ...],
    *,
    today: date,
    new_id: Callable[[], UUID],
) -> Iterator[Undone]:
    for one in leaving:
        reversal = _without_money(one)
        context = DecisionContext(
            Sender(one.payer_key, one.remittance_id, one.trace_number), today=today, new_id=new_id
        )
        ruling = Ruling(takes_back=one.adjudication_id)
        decision = decide(position, reversal, context=context, ruling=ruling)
        position = decision.position
        yield Undone(one, reversal, decision)


def _without_money(one: Adjudication) -> ClaimPayment:
    """CLP02 22 of the practice's own: the payer has taken nothing back."""
    return ClaimPayment(
        number="",
        status=REVERSAL_STATUS,
        charge_cents=-one.charge_cents,
        paid_cents=0,
        stated_responsibility_cents=None,
        payer_control_number=one.payer_control_number,
        adjustments=(Adjustment(_NOT_PAID, "", -one.charge_cents),) if one.charge_cents else (),
    )
