"""A payer decides again after help with paying was granted: what returns, what is given anew."""

from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import select

from portal.cases.assistance.applying import Applied, send_application
from portal.cases.assistance.deciding import Grant, grant
from portal.cases.assistance.given import helped_cents
from portal.cases.assistance.granting import help_new_bills, promised_cents
from portal.cases.assistance.models import AssistanceApplication
from portal.cases.service import Told, new_case
from portal.cases.store import Moment
from portal.db import Principal, new_id
from portal.domain.assistance import Household, IncomePeriod
from portal.domain.cases import CaseKind
from portal.domain.journal import LedgerAccount
from portal.ledger.models import LedgerPost
from portal.payments.settlement import account_details
from tests.remittances.desk import NOW, ImportDesk, SentClaim, SentLine

COPAY = SentClaim()  # 20.00 is the patient's, PR-3
AT = Moment(NOW, "test")


@pytest.fixture
def helped(desk: ImportDesk) -> ImportDesk:
    """All of it is taken off, for who pays."""
    desk.receive(COPAY)
    payer = Principal.patient(
        desk.practice.practice_id, guarantor_id=desk.guarantor_id(), actor_id=new_id()
    )
    answers = Applied(Household(2, 100_000, IncomePeriod.MONTH), "").answers()
    with desk.database.transaction(payer) as session:
        case_id = new_case(session, Told(CaseKind.ASSISTANCE, answers), at=AT).case_id
    send_application(desk.database, payer, case_id, at=AT)
    clerk, given = desk.staff("manager"), Grant(100, "")
    assert grant(desk.database, clerk, case_id, given, details=account_details, at=AT)
    assert desk.claim().billable_cents == 0
    return desk


def run(desk: ImportDesk) -> int:
    practice_id: UUID = desk.practice.practice_id
    return help_new_bills(desk.database, practice_id, details=account_details, now=NOW)


def told(desk: ImportDesk) -> list[tuple[str, int]]:
    """What the practice's system hears: of which event, and how much is off the visit by it."""
    with desk.database.transaction(desk.principal()) as session:
        posts = session.scalars(
            select(LedgerPost)
            .where(LedgerPost.practice_id == desk.practice.practice_id)
            .order_by(LedgerPost.post_id)
        ).all()
    return [
        (
            post.kind,
            sum(
                part["amount_cents"]
                for part in post.details["allocations"]
                if part["claim_number"] == "A1"
            ),
        )
        for post in posts
    ]


def test_a_lower_share_just_takes_help_back_and_the_practice_hears_of_it(
    helped: ImportDesk,
) -> None:
    helped.receive(COPAY.reversal())
    less = SentLine(adjustments={"CO45": 4_500, "PR3": 500})
    helped.receive(replace(COPAY, icn="ICN9", lines=[less]))
    assert helped.claim().holds == ()
    assert helped.sums()[LedgerAccount.CHARITY_CARE] == 500
    assert [run(helped), run(helped)] == [0, 0]
    assert told(helped) == [
        ("assistance_granted", 2_000),
        ("let_off_returned", -2_000),
        ("let_off_returned", 500),
    ]
    assert helped.claim().billable_cents == 0
    assert helped.findings() == []


def says(desk: ImportDesk) -> tuple[int, int]:
    """What the person's page says was taken off, and what counts for the second person's limit."""
    with desk.database.transaction(desk.principal()) as session:
        application = session.scalars(
            select(AssistanceApplication).where(
                AssistanceApplication.practice_id == desk.practice.practice_id
            )
        ).one()
        given = helped_cents(session, application.application_id)
        return given, promised_cents(session, application)


def test_what_a_lower_share_put_back_counts_as_given_no_more(helped: ImportDesk) -> None:
    assert says(helped) == (2_000, 2_000)
    helped.receive(COPAY.reversal())
    less = SentLine(adjustments={"CO45": 4_500, "PR3": 500})
    lower = replace(COPAY, icn="ICN9", lines=[less])
    helped.receive(lower)
    assert says(helped) == (500, 500)
    helped.receive(lower.reversal())
    helped.receive(replace(COPAY, icn="ICN10"))
    assert run(helped) == 1_500
    assert helped.sums()[LedgerAccount.CHARITY_CARE] == 2_000
    assert says(helped) == (2_000, 2_000)


def test_a_higher_share_gets_more_of_it(helped: ImportDesk) -> None:
    helped.receive(COPAY.reversal())
    more = SentLine(adjustments={"CO45": 2_000, "PR3": 3_000})
    helped.receive(replace(COPAY, icn="ICN9", lines=[more]))
    assert run(helped) == 1_000
    assert helped.sums()[LedgerAccount.CHARITY_CARE] == 3_000
    assert sum(cents for _, cents in told(helped)) == 3_000
    assert helped.findings() == []
