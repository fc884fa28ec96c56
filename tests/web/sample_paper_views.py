"""Sample views of how papers come to somebody, and of runs of letters."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from portal.connectors.pdf_blocks import NUMBER_10_DOUBLE, Windows, Zone
from portal.desk.practice_envelope_forms import SIDES, filled
from portal.domain.paper_consent_texts import consent_text
from portal.domain.paper_delivery import DeliveryKind, LetterReason, Standing
from portal.domain.print_run import LetterState, RunState
from portal.statements.delivery.queries import Delivery, DeliveryPage
from portal.statements.papers.envelopes import EnvelopePage, envelope_findings
from portal.statements.papers.reading import Envelope
from portal.statements.print_runs.acknowledgment import Reconciled
from portal.statements.print_runs.due import DueLetter
from portal.statements.print_runs.forms import TakeOutForm
from portal.statements.print_runs.gone_astray import AstrayLetter
from portal.statements.print_runs.queries import LetterRow, RunRow
from portal.statements.print_runs.service import LettersPage, RunPage
from portal.statements.print_runs.since_printed import ChangedLetter
from portal.web.fields import error_summary
from portal.web.i18n import current_language
from tests.web.sample_patient_views import GUARANTOR_ID, LONG_PRACTICE, RIVERBEND, an_id

ROUTES: Mapping[str, str] = {
    "/statements/<uuid:statement_id>.pdf": "statements.paper",
    "/statements/<uuid:statement_id>/itemized.pdf": "statements.itemized",
    "/desk/statements/<uuid:statement_id>.pdf": "desk_papers.statement",
    "/delivery": "delivery.show",
    "/delivery/paper": "delivery.take_paper",
    "/delivery/reading": "delivery.ask_to_read",
    "/delivery/consent": "delivery.read_consent",
    "/delivery/consent/give": "delivery.give_consent",
    "/delivery/sample": "delivery.sample",
    "/delivery/sample.pdf": "delivery.sample_file",
    "/settings": "settings.show",
    "/practice/envelope": "practice_envelope.change",
    "/practice/envelope/keep": "practice_envelope.keep",
    "/practice/envelope/sample.pdf": "practice_envelope.sample",
    "/letters": "letters.index",
    "/letters/start": "letters.start",
    "/letters/<uuid:run_id>": "letters.run",
    "/letters/<uuid:run_id>.zip": "letters.files",
    "/letters/<uuid:run_id>/handed-over": "letters.hand_over",
    "/letters/<uuid:run_id>/answers": "letters.take_answers",
    "/letters/<uuid:run_id>/end": "letters.end",
    "/letters/<uuid:run_id>/take-out": "letters.take_out",
}

_AT = datetime(2026, 3, 2, 17, 41, tzinfo=UTC)
_BY_LINK = Delivery(
    guarantor_id=GUARANTOR_ID,
    language="en",
    standing=Standing(),
    reason=None,
    came_back_at=None,
    has_email=True,
    has_address=True,
)
BY_LINK = DeliveryPage(RIVERBEND, _BY_LINK, ())
CONSENTED = replace(
    BY_LINK, delivery=replace(_BY_LINK, standing=Standing(consented_at=_AT, spoke_at=_AT))
)
ON_PAPER = DeliveryPage(
    LONG_PRACTICE,
    replace(
        _BY_LINK,
        standing=Standing(wants_paper=True, is_large=True, spoke_at=_AT),
        reason=LetterReason.CHOSE_PAPER,
    ),
    ((DeliveryKind.ASKED_BRAILLE, _AT), (DeliveryKind.ASKED_CALL, _AT)),
)
NO_EMAIL = replace(
    BY_LINK, delivery=replace(_BY_LINK, reason=LetterReason.NO_EMAIL, has_email=False)
)
CAME_BACK = replace(
    BY_LINK, delivery=replace(_BY_LINK, reason=LetterReason.BOUNCED, came_back_at=_AT)
)

_DUE = tuple(
    DueLetter(
        statement_id=an_id(700 + number),
        guarantor_id=an_id(800 + number),
        number=str(10_480 + number),
        account_number=f"A-{20_411 + number}",
        reason=reason,
        goes_by=date(2026, 3, 5),
        language="en",
        is_large=number == 2,
        has_address=number != 3,
    )
    for number, reason in enumerate(LetterReason)
)
_READY = RunRow(
    run_id=an_id(900),
    number=12,
    state=RunState.READY,
    started_at=_AT,
    is_duplex=True,
    letters={LetterState.PRINTED: 1_204, LetterState.LEFT_OUT: 3, LetterState.NOT_PRINTED: 2},
    sheets=2_415,
    detail="",
)
_PRINTING = replace(
    _READY,
    state=RunState.PRINTING,
    letters={LetterState.QUEUED: 900, LetterState.PRINTED: 307},
    sheets=620,
)
_HANDED_OVER = replace(
    _READY,
    state=RunState.HANDED_OVER,
    is_duplex=False,
    letters={LetterState.SENT: 4, LetterState.MAILED: 1_199, LetterState.SPOILED: 1},
)
_LOOK_AT = (
    LetterRow(17, "A-20411", "10482", LetterState.LEFT_OUT, "paid"),
    LetterRow(218, "A-20977", "10501", LetterState.SPOILED, "The insert jammed the folder"),
)
_TAKEN_OUT = LetterRow(90, "A-20700", "10530", LetterState.TAKEN_OUT, "She moved and told us")
_ENDED = replace(_READY, state=RunState.ENDED, letters={LetterState.LEFT_OUT: 1_207})
_NOT_PRINTED = (
    LetterRow(31, "A-20500", "10490", LetterState.NOT_PRINTED, "no_address"),
    LetterRow(32, "A-20501", "10491", LetterState.NOT_PRINTED, "no_paper"),
)
NO_ADDRESS = replace(
    BY_LINK,
    delivery=replace(_BY_LINK, reason=LetterReason.NOT_AGREED, has_address=False),
)
LETTERS = LettersPage(RIVERBEND, _DUE, (_PRINTING, _READY, _HANDED_OVER, _ENDED))
NO_LETTERS = LettersPage(LONG_PRACTICE, (), ())
RUN = RunPage(
    RIVERBEND,
    _READY,
    (*_LOOK_AT[:1], *_NOT_PRINTED, _TAKEN_OUT),
    changed=(
        ChangedLetter(44, "A-20431", "10502", asked_cents=24_000, due_now_cents=0),
        ChangedLetter(1_102, "A-21870", "11604", asked_cents=1_204_512, due_now_cents=600_000),
    ),
)
RUN_ASTRAY = RunPage(
    RIVERBEND,
    _READY,
    (),
    astray=(AstrayLetter(12, "A-20419", "10483"), AstrayLetter(13, "A-20419", "10483")),
)
RUN_ENDED = RunPage(
    RIVERBEND, _ENDED, (LetterRow(1, "A-20411", "10482", LetterState.LEFT_OUT, "ended"),)
)
RUN_PRINTING = RunPage(RIVERBEND, _PRINTING, ())
RUN_HANDED_OVER = RunPage(RIVERBEND, _HANDED_OVER, _LOOK_AT)
RUN_RECONCILED = replace(RUN_HANDED_OVER, reconciled=Reconciled(1_199, 1, (4_711, 4_712), 4))
ENVELOPE = EnvelopePage(RIVERBEND, Envelope())
ENVELOPE_WRONG = EnvelopePage(
    LONG_PRACTICE,
    Envelope(
        Windows(Zone(100, 875, 3_250, 300), replace(NUMBER_10_DOUBLE.recipient, y=3_500)),
        is_duplex=False,
        remit_lines=("PO Box 1200", "Maximilianopolis Heights, MA 01999-1200", "x" * 41),
    ),
)


def beside(template: str, page: Any) -> Mapping[str, object]:
    """What a template gets beside its page and form."""
    if template == "delivery/consent.html":
        practice = page.practice
        text = consent_text(
            practice=practice.name, phone=practice.phone, language=current_language()
        )
        return {"sentences": text.sentences}
    if template == "practice/envelope.html":
        form = filled(page.envelope)
        form.show(envelope_findings(page.envelope))
        return {"form": form, "sides": SIDES, "errors": error_summary(form)}
    if template == "letters/run.html":
        return {"taking_out": TakeOutForm(formdata=None, meta={"csrf": False})}
    return {"word": "harbor"} if template == "delivery/sample.html" else {}
