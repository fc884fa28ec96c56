"""Who may see what visits were for, as values: a grouped visit on every page, and staff's pages."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from flask_wtf import FlaskForm

from portal.desk.viewing.forms import GrantForm, ReachForm
from portal.desk.viewing.service import HouseholdPage, PatientRow, Said
from portal.domain.dates import MonthOnly
from portal.domain.service_kind import ServiceKind
from portal.domain.visit_privacy import GroupedBecause, grouped_pending, grouped_visit
from portal.practice.viewing_acts import ReachedAt
from portal.remittances.claims.forms import PrivacyForm
from portal.remittances.claims.privacy import FlagChange, PrivacyPage
from portal.statements.viewing.service import HowSeen, OwnVisits, PersonSeen, ViewingPage
from tests.web import sample_patient_views as patients
from tests.web import sample_paying_views as paying
from tests.web import sample_receipt_views as receipts

ROUTES: Mapping[str, str] = {
    "/who-may-see": "viewing.show",
    "/who-may-see/allow": "viewing.allow",
    "/who-may-see/stop": "viewing.stop",
    "/desk/people/<uuid:guarantor_id>/who-may-see": "staff_viewing.person",
    "/desk/people/<uuid:guarantor_id>/who-may-see/word": "staff_viewing.record_word",
    "/desk/people/<uuid:guarantor_id>/reached-at": "staff_viewing.set_contact",
    "/insurance/claims/<uuid:claim_id>/privacy": "claim_privacy.show",
    "/insurance/claims/<uuid:claim_id>/privacy/change": "claim_privacy.change",
}
MORE: Mapping[str, Any] = {
    "guarantor_id": patients.GUARANTOR_ID,
    "errors": (),
}

_WHOLE = patients.ANA_DOCUMENT
_LUIS = tuple(replace(visit, patient_first_name="Luis") for visit in _WHOLE.visits[:2])
_VISITS = (
    grouped_visit(_LUIS[0], GroupedBecause.THEIR_CHOICE),
    grouped_visit(_LUIS[1], GroupedBecause.KEPT_PRIVATE),
    _WHOLE.visits[2],
)
_PENDING = tuple(
    grouped_pending(replace(visit, patient_first_name="Luis"), GroupedBecause.THEIR_CHOICE)
    for visit in _WHOLE.pending
)
GROUPED = replace(
    patients.ANA_STATEMENT, document=replace(_WHOLE, visits=_VISITS, pending=_PENDING)
)
PAYS_ONLY = replace(
    patients.ANA_STATEMENT,
    document=replace(
        _WHOLE,
        visits=tuple(grouped_visit(one, GroupedBecause.PAYS_ONLY) for one in _WHOLE.visits),
        pending=(),
    ),
)
MIRROR = replace(
    patients.ANA_STATEMENT,
    document=replace(_WHOLE, visits=(*_LUIS, _WHOLE.visits[2])),
    payer_sees=replace(_WHOLE, visits=_VISITS, pending=_PENDING),
)
RECEIPT = replace(
    receipts.RECEIPT,
    lines=(
        receipts.LINES[0],
        replace(
            receipts.LINES[2],
            service_kind=ServiceKind.PRIVATE,
            patient_name="Luis",
            service_on=MonthOnly.of(date(2026, 3, 4)),
            provider_name="",
            amount_cents=4500,
        ),
    ),
)
CHECK = replace(
    paying.CHECK,
    allocations=tuple(
        replace(
            row,
            service_kind=ServiceKind.PRIVATE,
            patient_first_name="Luis",
            service_on=MonthOnly.of(row.service_on),
            provider_name="",
        )
        for row in paying.CHECK.allocations[:1]
    )
    + paying.CHECK.allocations[1:],
)

OWN = OwnVisits("Luis", "Ana", may_decide=True, lets_payer_see=False, visits=_VISITS[:2])
OF_LUIS = ViewingPage(patients.RIVERBEND, patients.STATEMENT_ID, OWN, ())
OF_PAYER = ViewingPage(
    patients.RIVERBEND,
    patients.STATEMENT_ID,
    None,
    (
        PersonSeen("Ana", HowSeen.OWN),
        PersonSeen("Luis", HowSeen.GROUPED),
        PersonSeen("Mia", HowSeen.CHILD),
        PersonSeen("Robert", HowSeen.ALLOWED),
        PersonSeen("Maximiliana-Theodora", HowSeen.APART),
    ),
)

_ROW = PatientRow(
    patient_id=patients.an_id(801),
    name="Luis Reyes",
    first_name="Luis",
    born_on=date(2006, 1, 2),
    is_payer=False,
    is_adult=True,
    lets_payer_see=False,
    reached_at=ReachedAt(),
    said=(),
)
HOUSEHOLD = HouseholdPage(
    patients.GUARANTOR_ID,
    "Ana Reyes",
    "A-20411",
    (
        replace(_ROW, patient_id=patients.an_id(802), name="Ana Reyes", is_payer=True),
        _ROW,
        replace(
            _ROW,
            patient_id=patients.an_id(803),
            name="Maximiliana-Theodora Featherstonehaugh-Wolfeschlegelstein",
            first_name="Maximiliana-Theodora",
            born_on=None,
            lets_payer_see=True,
            said=(
                Said(is_granted=True, how="paper", on=date(2026, 3, 2)),
                Said(is_granted=False, how="link", on=date(2026, 2, 1)),
            ),
        ),
        replace(
            _ROW,
            patient_id=patients.an_id(804),
            name="Mia Reyes",
            first_name="Mia",
            born_on=date(2012, 1, 2),
            is_adult=False,
            reached_at=ReachedAt("mia@example.com", "9 Alder Court", "Easton", "OR", "97399"),
        ),
    ),
)
CLAIM = PrivacyPage(
    claim_id=patients.an_id(805),
    claim_number="R10042",
    patient_name="Mia Reyes",
    service_on=date(2026, 2, 10),
    is_sensitive=True,
    is_part2=False,
    changes=(
        FlagChange(
            is_sensitive=True,
            is_part2=False,
            reason="She asked for it at the visit.",
            by="Jo Marsh",
            on=date(2026, 2, 11),
        ),
    ),
)
_SHOW, _PERSON, _CLAIM = (
    "viewing/show.html",
    "desk/viewing/person.html",
    "insurance/claim_privacy.html",
)

PAGES: Mapping[str, tuple[Any, ...]] = {
    "statement-grouped": ("statements/statement.html", GROUPED, None, None),
    "statement-pays-only": ("statements/statement.html", PAYS_ONLY, None, None),
    "desk-statement-grouped": ("desk/statement.html", MIRROR, None, None),
    "receipt-grouped": ("payments/receipt.html", RECEIPT, None, None),
    "check-grouped": ("payments/check.html", CHECK, None, None),
    "viewing": (_SHOW, OF_LUIS, None, None),
    "viewing-allowed": (
        _SHOW,
        replace(OF_LUIS, own=replace(OWN, lets_payer_see=True, visits=_LUIS)),
        None,
        None,
    ),
    "viewing-minor": (
        _SHOW,
        replace(OF_LUIS, own=replace(OWN, may_decide=False, visits=())),
        None,
        None,
    ),
    "viewing-payer": (_SHOW, OF_PAYER, None, None),
    "viewing-pays-only": (_SHOW, replace(OF_PAYER, people=()), None, None),
    "staff-viewing": (_PERSON, HOUSEHOLD, GrantForm, None),
    "staff-viewing-none": (_PERSON, replace(HOUSEHOLD, patients=()), GrantForm, None),
    "staff-viewing-unsaid": (_PERSON, HOUSEHOLD, GrantForm, {"whose": str(_ROW.patient_id)}),
    "staff-viewing-half-address": (
        _PERSON,
        HOUSEHOLD,
        ReachForm,
        {"whose": str(_ROW.patient_id), "email": "mia", "street": "9 Alder Court"},
    ),
    "claim-privacy": (_CLAIM, CLAIM, PrivacyForm, None),
    "claim-privacy-no-note": (_CLAIM, replace(CLAIM, changes=()), PrivacyForm, {"part2": "y"}),
}


def beside(form: FlaskForm | None) -> dict[str, Any]:
    """The other form of the desk's page."""
    if isinstance(form, GrantForm):
        return {"reach": ReachForm(formdata=None, meta={"csrf": False})}
    if isinstance(form, ReachForm):
        return {"reach": form, "form": GrantForm(formdata=None, meta={"csrf": False})}
    return {}
