"""One person: promises to pay, notes, what is on plans and what an agency holds."""

from http import HTTPStatus
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.auth.policies import staff_only
from portal.auth.roles import REACH, Area
from portal.collections.blueprint import act, collections, database, member
from portal.collections.forms import NoteForm, PromiseForm
from portal.collections.people import (
    PromiseDayError,
    PromiseStandsError,
    note_promise,
    person_page,
    withdraw_promise,
    write_note,
)
from portal.web.fields import error_summary

_STAFF = staff_only(*REACH[Area.PLANS])


@collections.get("/people/<uuid:guarantor_id>")
@_STAFF
def person(guarantor_id: UUID) -> str:
    """Why they are on the list, what they said, what staff wrote down."""
    return _person(guarantor_id)


@collections.post("/people/<uuid:guarantor_id>/promises")
@_STAFF
def promise(guarantor_id: UUID) -> ResponseReturnValue:
    """They will pay so much by a day."""
    form = PromiseForm()
    if not form.validate() or form.promised_for.data is None:
        return _person(guarantor_id, promise=form), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        note_promise(
            database(),
            member(),
            guarantor_id,
            amount_cents=form.amount.data or 0,
            promised_for=form.promised_for.data,
            **act(),
        )
    except PromiseDayError:
        form.promised_for.errors = [gettext("Choose today or a later day")]
        return _person(guarantor_id, promise=form), HTTPStatus.UNPROCESSABLE_ENTITY
    except PromiseStandsError:
        words = gettext("A promise is open. Withdraw it first, then write down the new one.")
        return _person(guarantor_id, words, promise=form), HTTPStatus.UNPROCESSABLE_ENTITY
    flash(gettext("The promise is written down. Each night we look whether it was kept."))
    return _to(guarantor_id)


@collections.post("/promises/<uuid:promise_id>/withdraw")
@_STAFF
def withdraw(promise_id: UUID) -> ResponseReturnValue:
    """It counts no more, and is not called broken."""
    guarantor_id = withdraw_promise(database(), member(), promise_id, **act())
    flash(gettext("The promise is withdrawn."))
    return _to(guarantor_id)


@collections.post("/people/<uuid:guarantor_id>/notes")
@_STAFF
def note(guarantor_id: UUID) -> ResponseReturnValue:
    """Kept as it is written."""
    form = NoteForm()
    if not form.validate():
        return _person(guarantor_id, note=form), HTTPStatus.UNPROCESSABLE_ENTITY
    write_note(database(), member(), guarantor_id, form.words.data or "", **act())
    flash(gettext("The note is kept."))
    return _to(guarantor_id)


def _to(guarantor_id: UUID) -> ResponseReturnValue:
    return redirect(url_for(".person", guarantor_id=guarantor_id), code=HTTPStatus.SEE_OTHER)


def _person(
    guarantor_id: UUID,
    *messages: str,
    promise: PromiseForm | None = None,
    note: NoteForm | None = None,
) -> str:
    """With the form that was sent with a mistake, if one was."""
    sent = promise or note
    return render_template(
        "collections/person.html",
        page=person_page(database(), member(), guarantor_id, **act()),
        promise=promise or PromiseForm(formdata=None),
        note=note or NoteForm(formdata=None),
        errors=error_summary(sent, *messages) if sent else (),
    )
