"""Who has not agreed to electronic papers gets the agreement of a plan by mail (15 USC 7001(c))."""

from sqlalchemy import insert, select

from portal.db import new_id
from portal.desk.papers_in_writing import PLAN_PAPER_TASK, ask_for_papers
from portal.domain.paper_delivery import DeliveryKind
from portal.plans.models import PlanConsent
from portal.practice.models import Task
from portal.practice.tasks import end_task
from portal.statements.delivery.models import DeliveryEvent
from tests.plans.living import Living


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
