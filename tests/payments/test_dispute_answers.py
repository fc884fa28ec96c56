"""Answering a dispute: approved by a person, sent once, and nothing in it about anybody."""

from collections.abc import Collection
from uuid import UUID

import pytest

from portal.db import Principal, new_id
from portal.domain.dispute_evidence import LONGEST_TEXT, EvidenceItem
from portal.domain.journal import LedgerAccount
from portal.payments.disputes.answers import (
    AnswerNotAllowedError,
    EvidenceRefusedError,
    NamesSomebodyError,
    NothingToAnswerError,
    accept_dispute,
    give_evidence,
    send_what_was_not_answered,
)
from portal.payments.disputes.models import DisputeRow
from portal.payments.disputes.pages import DisputePage, dispute_page, disputes_page, draft
from portal.payments.disputes.service import TASK
from tests.payments.settling import Settling

ALL = tuple(EvidenceItem)


@pytest.fixture
def manager(settling: Settling) -> Principal:
    return Principal.staff(settling.practice_id, staff_id=new_id(), role="manager")


@pytest.fixture
def disputed(settling: Settling) -> DisputeRow:
    return settling.learn(settling.dispute(settling.pay())["id"])


def page(settling: Settling, manager: Principal, dispute_id: UUID) -> DisputePage:
    return dispute_page(
        settling.payer.database, manager, dispute_id, now=settling.payer.now, request_id="test"
    )


def give(
    settling: Settling,
    who: Principal,
    dispute_id: UUID,
    text: str,
    items: Collection[EvidenceItem] = ALL,
) -> bool:
    return give_evidence(
        settling.payer.database,
        settling.records,
        who,
        dispute_id,
        items=items,
        text=text,
        now=settling.payer.now,
        request_id="test",
    )


def sent_texts(settling: Settling) -> list[str]:
    """What left for disputes, as it stood on the wire."""
    return [
        exchange.body
        for exchange in settling.wire.exchanges
        if exchange.method == "POST" and exchange.path.startswith("/v1/disputes/")
    ]


def test_the_checklist_says_what_our_books_know(
    settling: Settling, manager: Principal, disputed: DisputeRow
) -> None:
    shown = page(settling, manager, disputed.dispute_id)
    texts = {one.item: one.text for one in shown.checklist}
    assert shown.checklist[0].item is EvidenceItem.IDENTITY  # "I did not make this payment"
    assert "$100.00" in texts[EvidenceItem.RECEIPT]
    assert "pressed the button" in texts[EvidenceItem.AGREEMENT]
    assert texts[EvidenceItem.OTHER_PAYMENTS] == ""
    assert shown.may_be_answered


def test_what_our_books_say_names_nobody(
    settling: Settling, manager: Principal, disputed: DisputeRow
) -> None:
    text = draft(settling.payer.database, manager, disputed.dispute_id, ALL)
    assert "Receipt" in text
    for secret in ("Ana", "Reyes", "Mateo", "99213", "10482"):
        assert secret not in text
    assert give(settling, manager, disputed.dispute_id, text)


@pytest.mark.parametrize("word", ["Mateo came to us.", "ANA paid.", "Born on 4/27/1985."])
def test_a_text_that_tells_who_somebody_is_does_not_leave(
    settling: Settling, manager: Principal, disputed: DisputeRow, word: str
) -> None:
    with pytest.raises(NamesSomebodyError):
        give(settling, manager, disputed.dispute_id, f"The bill was right. {word}")
    assert sent_texts(settling) == []


def test_an_answer_is_sent_once(
    settling: Settling, manager: Principal, disputed: DisputeRow
) -> None:
    assert give(settling, manager, disputed.dispute_id, "The payer agreed to it.")
    with pytest.raises(NothingToAnswerError):
        give(settling, manager, disputed.dispute_id, "And another thing.")
    assert len(sent_texts(settling)) == 1
    shown = page(settling, manager, disputed.dispute_id)
    assert shown.dispute.state == "under_review"
    assert shown.answer is not None
    assert shown.answer.sent_at is not None
    assert TASK not in [
        kind for kind in settling.payer.task_kinds() if kind == "dispute_answer_refused"
    ]
    assert [step.step for step in shown.steps] == [
        "needs_response",
        "evidence_approved",
        "evidence_sent",
        "under_review",
    ]


def test_an_answer_whose_call_is_lost_is_sent_again(
    settling: Settling, manager: Principal, disputed: DisputeRow
) -> None:
    settling.wire.control.fail_next("answer_lost")
    assert not give(settling, manager, disputed.dispute_id, "The payer agreed to it.")
    assert page(settling, manager, disputed.dispute_id).answer is not None
    sent = send_what_was_not_answered(
        settling.payer.database, settling.records, settling.practice_id, now=settling.payer.now
    )
    assert sent == 1
    stripe = settling.wire.api("GET", f"/v1/disputes/{disputed.stripe_dispute_id}")
    assert stripe["evidence_details"]["submission_count"] == 1


@pytest.mark.parametrize("text", ["", "  ", "x" * (LONGEST_TEXT + 1)])
def test_nothing_and_too_much_are_refused(
    settling: Settling, manager: Principal, disputed: DisputeRow, text: str
) -> None:
    with pytest.raises(EvidenceRefusedError):
        give(settling, manager, disputed.dispute_id, text)


def test_only_managers_answer(settling: Settling, disputed: DisputeRow) -> None:
    desk = Principal.staff(settling.practice_id, staff_id=new_id(), role="front_desk")
    with pytest.raises(AnswerNotAllowedError):
        give(settling, desk, disputed.dispute_id, "The payer agreed to it.")


def test_giving_in_loses_at_once(
    settling: Settling, manager: Principal, disputed: DisputeRow
) -> None:
    assert accept_dispute(
        settling.payer.database,
        settling.records,
        manager,
        disputed.dispute_id,
        reason="The payer is right.",
        now=settling.payer.now,
        request_id="test",
    )
    shown = page(settling, manager, disputed.dispute_id)
    assert shown.dispute.state == "lost"
    assert shown.is_owed_again
    assert settling.cents_in(LedgerAccount.PATIENT_RECEIVABLE) == 13_000
    assert "The payer is right." not in "".join(sent_texts(settling))


def test_the_list_has_the_most_urgent_first(settling: Settling, manager: Principal) -> None:
    later, sooner = settling.pay(4_000), settling.pay(6_000)
    settling.learn(settling.dispute(sooner)["id"])
    settling.pass_days(1)
    settling.learn(settling.dispute(later)["id"])
    listed = disputes_page(
        settling.payer.database, manager, now=settling.payer.now, request_id="test"
    )
    assert [one.amount_cents for one in listed.to_answer] == [6_000, 4_000]
