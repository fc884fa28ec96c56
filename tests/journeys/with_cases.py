"""What Ana told us: a question, a card, an application, drafts; none holds her account."""

import io
from datetime import datetime
from typing import Any
from uuid import UUID

from PIL import Image
from sqlalchemy import insert, select
from werkzeug.test import TestResponse

from portal.cases.assistance.applying import Applied
from portal.cases.assistance.models import AssistanceApplication
from portal.cases.assistance.policies import set_policy
from portal.cases.service import Told, add_case, open_now
from portal.cases.store import Moment
from portal.db import Database, Principal, new_id
from portal.domain.assistance import AssistancePolicy, Household, IncomePeriod
from portal.domain.case_people import CasePerson, PersonKind
from portal.domain.cases import CaseKind
from portal.ledger.queries import open_shares
from portal.practice.models import Claim

ABOUT_INCOME = {"people": "2", "income": "1500", "period": "month"}
RULES = {
    "up_to_1": "200",
    "off_1": "100",
    "good_for_months": "6",
    "reaches_back_days": "240",
    "alone": "1000",
}
WITH_A_PICTURE = frozenset({"cases.add_draft_file", "cases.add_file"})
ANSWERS: dict[str, dict[str, str]] = {
    "cases.apply": ABOUT_INCOME,
    "cases.screened": ABOUT_INCOME,
    "cases.changed_application": ABOUT_INCOME,
    "staff_cases.answer": {"act": "answer"},
    "staff_cases.close": {"outcome": "withdrawn"},
    "staff_cases.grant": {"off_percent": "50"},
    "staff_cases.insurance": {"rank": "7", "starts_on": ""},
    "staff_cases.open_for": {"kind": "question"},
    "staff_cases.set_rules": RULES,
}


def a_picture() -> tuple[io.BytesIO, str]:
    """As a browser sends one."""
    made = io.BytesIO()
    Image.new("RGB", (40, 30)).save(made, "PNG")
    made.seek(0)
    return made, "card.png"


def tells_us(
    ana: Any, clerk: Any, database: Database, guarantor_id: UUID, *, now: datetime
) -> None:
    """Through the doors, but for what would keep her from paying."""
    practice_id: UUID = ana.practice_id
    visit = _visit_that_asks_nothing(database, practice_id, guarantor_id)
    _case(ana.post("/help/question", {"words": "A draft."}))
    question = _sent(ana, ana.post("/help/question", {"words": "What is a copay?"}))
    _add_picture(ana, f"/help/cases/{question}/files")
    card = {"payer_name": "Green Valley", "member_identifier": "GV1", "visits": str(visit)}
    _sent(ana, ana.post("/help/wrong_insurance", card))
    draft = _case(ana.post("/help/already_paid", {"how": "check", "visits": str(visit)}))
    _add_picture(ana, f"/help/drafts/{draft}/files")
    _case(ana.post("/help/assistance/apply", ABOUT_INCOME))
    assert ana.post(f"/help/cases/{question}/reply", {"words": "Please."}).status_code == 303
    assert clerk.post(f"/cases/{question}/note", {"words": "Call her."}).status_code == 303
    _apply(database, practice_id, guarantor_id, now=now)
    set_policy(
        database,
        Principal.staff(practice_id, staff_id=new_id(), role="manager"),
        AssistancePolicy(),
        at=Moment(now, "test"),
    )


def _apply(database: Database, practice_id: UUID, guarantor_id: UUID, *, now: datetime) -> None:
    """Asked, and waiting; without its hold, which would end every payment of the sweeps."""
    household = Household(2, 150_000, IncomePeriod.MONTH)
    told = Told(CaseKind.ASSISTANCE, Applied(household, "").answers())
    clerk = Principal.staff(practice_id, staff_id=new_id(), role="manager")
    with database.transaction(clerk) as session:
        at = Moment(now, "test")
        person = CasePerson(PersonKind.GUARANTOR, guarantor_id)
        case = add_case(session, told, guarantor_id, person=person, at=at)
        open_now(session, case, at=at)
        session.execute(
            insert(AssistanceApplication).values(
                practice_id=practice_id,
                application_id=new_id(),
                case_id=case.case_id,
                guarantor_id=guarantor_id,
                people=2,
                income_cents=150_000,
                period="month",
                income_words="",
                attested_at=now,
                state="asked",
                state_at=now,
                policy_version=0,
                percent_of_guideline=83,
            )
        )


def _visit_that_asks_nothing(database: Database, practice_id: UUID, guarantor_id: UUID) -> UUID:
    with database.transaction(Principal.job(practice_id, role="test")) as session:
        asked = [one.claim_id for one in open_shares(session, guarantor_id)]
        return session.scalars(
            select(Claim.claim_id)
            .where(
                Claim.practice_id == practice_id,
                Claim.guarantor_id == guarantor_id,
                Claim.patient_id.is_not(None),
                Claim.claim_id.not_in(asked),
            )
            .order_by(Claim.claim_id)
            .limit(1)
        ).one()


def _case(answer: TestResponse) -> str:
    assert answer.status_code == 303, answer.text
    return answer.location.split("/")[3]


def _sent(ana: Any, answer: TestResponse) -> str:
    case_id = _case(answer)
    assert ana.post(f"/help/drafts/{case_id}/check", {}).status_code == 303
    return case_id


def _add_picture(ana: Any, path: str) -> None:
    assert ana.post(path, {"file": a_picture()}).status_code == 303
