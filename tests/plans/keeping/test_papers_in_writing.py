"""Who has not agreed to electronic papers gets by mail what is owed in writing (15 USC 7001(c))."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import insert, select

from portal.audit.models import AuditEvent
from portal.connectors.pdf import print_paper
from portal.db import new_id
from portal.desk.mandate_papers import NoMandateError, mandate_paper, view_mandate
from portal.desk.papers_in_writing import (
    MANDATE_TASK,
    PLAN_PAPER_TASK,
    ask_for_papers,
)
from portal.domain.paper_delivery import NEEDS_CONSENT, DeliveryKind, DocumentKind
from portal.messages.models import Message
from portal.messages.service import MessageTemplate
from portal.plans.models import PlanConsent
from portal.practice.final_notices import FINAL_NOTICE_TO_MAIL
from portal.practice.models import Task
from portal.practice.tasks import end_task
from portal.statements.delivery.models import DeliveryEvent
from tests.plans.living import Living
from tests.statements.papers.pdf_reading import problems_of, text_of
from tests.statements.papers.samples import speaking


def ask(living: Living) -> int:
    keeper = living.keeper
    return ask_for_papers(keeper.payer.database, keeper.practice_id, now=keeper.now)


def says(living: Living, kind: DeliveryKind) -> None:
    keeper = living.keeper
    with keeper.payer.database.transaction(keeper.payer.job) as session:
        session.execute(
            insert(DeliveryEvent).values(
                practice_id=keeper.practice_id,
                event_id=new_id(),
                guarantor_id=keeper.guarantor_id,
                kind=kind.value,
                at=keeper.now,
                done_by="test",
            )
        )


def test_an_agreement_is_mailed_once_to_whoever_has_not_agreed_to_electronic_papers(
    living: Living,
) -> None:
    living.agree()
    assert ask(living) == 1
    read = living.keeper.payer.read
    (consent_id,) = read(lambda session: session.scalars(select(PlanConsent.consent_id)).all())
    tasks = read(
        lambda session: session.scalars(
            select(Task.subject_id).where(Task.kind == PLAN_PAPER_TASK)
        ).all()
    )
    assert tasks == [consent_id]
    with living.keeper.payer.database.transaction(living.keeper.payer.job) as session:
        end_task(session, kind=PLAN_PAPER_TASK, subject_id=consent_id, now=living.keeper.now)
    living.keeper.pass_days(1)
    assert ask(living) == 0  # it was done


def test_with_consent_it_stands_on_the_plans_page_and_taken_back_it_is_mailed(
    living: Living,
) -> None:
    says(living, DeliveryKind.CONSENTED)
    living.agree()
    assert ask(living) == 0
    living.keeper.pass_days(1)
    says(living, DeliveryKind.WITHDRAWN)
    assert ask(living) == 1


def tasks_of(living: Living, kind: str) -> Sequence[UUID]:
    return living.keeper.payer.read(
        lambda session: session.scalars(select(Task.subject_id).where(Task.kind == kind)).all()
    )


def begin_plan(living: Living) -> None:
    living.agree()


def begin_autopay(living: Living) -> None:
    living.keeper.start_autopay(living.keeper.save())


def send_final_notice(living: Living) -> None:
    final_notice(living, state="sent")


IN_WRITING: Mapping[DocumentKind, tuple[str, Callable[[Living], object]]] = {
    DocumentKind.PLAN_DISCLOSURE: (PLAN_PAPER_TASK, begin_plan),
    DocumentKind.DEBIT_MANDATE: (MANDATE_TASK, begin_autopay),
    DocumentKind.COLLECTION_NOTICE: (FINAL_NOTICE_TO_MAIL, send_final_notice),
}
"""Of each document that the law wants in writing: its task, and how one comes to be."""


def test_every_document_that_needs_consent_has_a_way_on_paper() -> None:
    assert set(IN_WRITING) == {kind for kind, needed in NEEDS_CONSENT.items() if needed}


@pytest.mark.parametrize("said", [None, DeliveryKind.CONSENTED, DeliveryKind.WITHDRAWN])
@pytest.mark.parametrize("document", IN_WRITING)
def test_each_becomes_one_task_unless_they_consented_to_electronic_papers(
    living: Living, document: DocumentKind, said: DeliveryKind | None
) -> None:
    """Whatever else they said of their papers. Who agreed to e-mail alone has not consented."""
    kind, begin = IN_WRITING[document]
    if said is not None:
        says(living, said)
    begin(living)
    count = 0 if said is DeliveryKind.CONSENTED else 1
    assert ask(living) == count
    assert len(tasks_of(living, kind)) == count
    assert ask(living) == 0


@pytest.mark.parametrize(
    ("state", "count"), [("sent", 1), ("delivered", 1), ("queued", 0), ("bounced", 0)]
)
def test_a_final_notice_that_went_by_mail_is_also_mailed_on_paper(
    living: Living, state: str, count: int
) -> None:
    message_id = final_notice(living, state=state)
    assert ask(living) == count
    assert tasks_of(living, FINAL_NOTICE_TO_MAIL) == [message_id] * count
    assert ask(living) == 0


def final_notice(living: Living, *, state: str) -> UUID:
    keeper, message_id = living.keeper, new_id()
    with keeper.payer.database.transaction(keeper.payer.job) as session:
        session.execute(
            insert(Message).values(
                practice_id=keeper.practice_id,
                message_id=message_id,
                guarantor_id=keeper.guarantor_id,
                channel="email",
                template=MessageTemplate.FINAL_NOTICE.value,
                subject_id=keeper.guarantor_id,
                state=state,
                state_at=keeper.now,
                created_at=keeper.now,
            )
        )
    return message_id


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_copy_of_autopay_has_the_words_that_were_agreed_to(
    living: Living, language: str
) -> None:
    keeper = living.keeper
    database, job, ana = keeper.payer.database, keeper.payer.job, keeper.guarantor_id
    with pytest.raises(NoMandateError):
        view_mandate(database, job, ana, now=keeper.now, request_id="t")
    keeper.start_autopay(keeper.save(), cap_cents=20_000)
    mandate = view_mandate(database, job, ana, now=keeper.now, request_id="t")
    with speaking(language):
        printed = print_paper(
            mandate_paper(replace(mandate, language=language)), made_at=keeper.now
        )
    words = " ".join(text_of(printed).split())
    assert problems_of(printed) == []
    assert "$200.00" in words
    for sentence in mandate.sentences:
        assert " ".join(sentence.split()) in words
    with keeper.payer.database.transaction(keeper.payer.job) as session:
        seen = session.scalars(
            select(AuditEvent.guarantor_id).where(AuditEvent.object_kind == "autopay")
        ).all()
    assert keeper.guarantor_id in seen
