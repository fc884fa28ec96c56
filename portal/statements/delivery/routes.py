"""Paper or electronic: the choice, the demonstration before a consent, other ways to read."""

from contextlib import suppress
from http import HTTPStatus

from flask import Blueprint, abort, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.auth.current import require_holder
from portal.auth.policies import Policy, fresh_only, policy
from portal.connectors.pdf import Paper, Words
from portal.domain.paper_consent_texts import ConsentText, consent_text
from portal.domain.paper_delivery import DeliveryKind
from portal.practice.letterhead import print_for
from portal.request_id import request_id
from portal.statements.delivery import service
from portal.statements.delivery.forms import ConsentForm, HelpReadingForm
from portal.statements.delivery.queries import DeliveryPage
from portal.statements.delivery.words import Sample
from portal.web.context import portal
from portal.web.fields import error_summary
from portal.web.i18n import current_language

delivery = Blueprint("delivery", __name__, url_prefix="/delivery")

_Page = Response | str | tuple[str, int]


@delivery.get("")
@policy(Policy.HOLDER)
def show() -> _Page:
    """How statements come now, and what else there is."""
    return _choices(HelpReadingForm(formdata=None))


@delivery.post("/paper")
@policy(Policy.HOLDER)
def take_paper() -> Response:
    """One click, free: the next statement goes by mail (15 USC 7001(c)(1)(B)(i))."""
    page = _page()
    agreed = page.delivery.standing.consented_at is not None
    kind = DeliveryKind.WITHDRAWN if agreed else DeliveryKind.CHOSE_PAPER
    service.choose(portal().database, _occasion(), kind)
    return redirect(url_for(".show"), code=303)


@delivery.post("/reading")
@policy(Policy.HOLDER)
def ask_to_read() -> _Page:
    """Large print, braille, or a call (45 CFR 84.77)."""
    form = HelpReadingForm()
    if not form.validate():
        return _choices(form), HTTPStatus.UNPROCESSABLE_ENTITY
    service.choose(portal().database, _occasion(), form.kind)
    return redirect(url_for(".show"), code=303)


@delivery.get("/consent")
@policy(Policy.HOLDER)
@fresh_only
def read_consent() -> _Page:
    """What one agrees to, and what one has to open first."""
    return _consent(_page(), ConsentForm(formdata=None))


@delivery.post("/consent")
@policy(Policy.HOLDER)
@fresh_only
def give_consent() -> _Page:
    """Only with both words: whoever cannot open them keeps getting paper."""
    page, form = _page(), ConsentForm()
    samples = {name: _sample(name) for name in ("page", "file")}
    if not form.validate() or not form.has_found(**samples, typed_on=_occasion().now.date()):
        return _consent(page, form), HTTPStatus.UNPROCESSABLE_ENTITY
    with suppress(service.NoEmailError):  # the page says that the address is missing
        service.consent(portal().database, _occasion(), _text(page))
    return redirect(url_for(".show"), code=303)


@delivery.get("/sample")
@policy(Policy.HOLDER)
def sample() -> _Page:
    """A page like those of statements, with a word to find."""
    return render_template("delivery/sample.html", page=_page(), word=_word("page"))


@delivery.get("/sample.pdf")
@policy(Policy.HOLDER)
def sample_file() -> Response:
    """A file like those of statements, with another word to find."""
    here, paper = portal(), _sample_paper(_page(), _word("file"))
    content = print_for(here.database, _occasion().principal, paper, made_at=here.clock())
    named = {"Content-Disposition": "attachment; filename=sample.pdf"}
    return Response(content, mimetype="application/pdf", headers=named)


def _sample_paper(page: DeliveryPage, word: str) -> Paper:
    return Paper(
        language=current_language(),
        title=gettext("Sample statement"),
        sender=page.practice.name,
        sender_lines=page.practice.address_lines,
        lead=gettext("The word to type is"),
        amount=word,
        blocks=(
            Words(gettext("This is only a sample. It is not a bill, and nothing is owed.")),
            Words(gettext("Type the word on the page where you opened this file.")),
        ),
        page=gettext("Page"),
        of=gettext("of"),
    )


def _occasion() -> service.Occasion:
    principal = require_holder()
    if principal.guarantor_id is None:
        abort(404)
    return service.Occasion(principal, principal.guarantor_id, portal().clock(), request_id())


def _page() -> DeliveryPage:
    return service.view_delivery(portal().database, _occasion())


def _word(of_sample: str) -> str:
    return _sample(of_sample).word_on(_occasion().now.date())


def _sample(name: str) -> Sample:
    secret_key = portal().settings.secret_key
    return Sample(secret_key, _occasion().guarantor_id, name, current_language())


def _text(page: DeliveryPage) -> ConsentText:
    practice = page.practice
    return consent_text(practice=practice.name, phone=practice.phone, language=current_language())


def _choices(form: HelpReadingForm) -> str:
    return render_template(
        "delivery/show.html", page=_page(), form=form, errors=error_summary(form)
    )


def _consent(page: DeliveryPage, form: ConsentForm) -> str:
    return render_template(
        "delivery/consent.html",
        page=page,
        form=form,
        sentences=_text(page).sentences,
        errors=error_summary(form),
    )
