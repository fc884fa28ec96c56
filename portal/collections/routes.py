"""The work list: filter, order, saved views, a file, and mail to many after a look at whom."""

from http import HTTPStatus
from uuid import UUID

from flask import Response as FileResponse
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from portal.auth.policies import staff_only
from portal.auth.roles import REACH, Area
from portal.collections.blueprint import act, collections, csv_file, database, member
from portal.collections.choice import WorkChoice, choice_from
from portal.collections.forms import MailForm, ViewForm
from portal.collections.mailing import mail_page, send_mail
from portal.collections.views import TooManyViewsError, forget_view, save_view
from portal.collections.worklist import work_csv, work_page
from portal.web.fields import error_summary

_STAFF = staff_only(*REACH[Area.PLANS])


@collections.get("")
@_STAFF
def index() -> str:
    """People with a reason to be called."""
    return _list(_choice(), ViewForm(formdata=None))


@collections.get("/list.csv")
@_STAFF
def as_csv() -> FileResponse:
    """The list as chosen."""
    return csv_file(work_csv(database(), member(), _choice(), **act()), "work-list")


@collections.post("/views")
@_STAFF
def save() -> ResponseReturnValue:
    """The list as chosen, under a name."""
    choice, form = _choice(), ViewForm()
    if not form.validate():
        return _list(choice, form), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        save_view(database(), member(), form.name.data or "", choice)
    except TooManyViewsError:
        words = gettext("You have 20 views. Delete one first.")
        return _list(choice, form, words), HTTPStatus.UNPROCESSABLE_ENTITY
    flash(gettext("The view is saved."))
    return redirect(url_for(".index", **choice.as_arguments()), code=HTTPStatus.SEE_OTHER)


@collections.post("/views/<uuid:view_id>/delete")
@_STAFF
def forget(view_id: UUID) -> ResponseReturnValue:
    """One of one's own."""
    forget_view(database(), member(), view_id)
    flash(gettext("The view is deleted."))
    return redirect(url_for(".index"), code=HTTPStatus.SEE_OTHER)


@collections.post("/mail")
@_STAFF
def mail() -> ResponseReturnValue:
    """Who would be written to, who not, and why; nothing is sent."""
    form, choice = MailForm(), _choice()
    everybody = choice if form.everybody.data else None
    if everybody is None and not form.who.ids:
        words = gettext("Choose somebody to write to.")
        return _list(choice, ViewForm(formdata=None), words), HTTPStatus.UNPROCESSABLE_ENTITY
    page = mail_page(database(), member(), form.who.ids, everybody, **act())
    return render_template("collections/mail.html", page=page, choice=choice)


@collections.post("/mail/send")
@_STAFF
def send() -> ResponseReturnValue:
    """To those who were on the page, and may still be written to."""
    sent = send_mail(database(), member(), MailForm().who.ids, **act())
    flash(ngettext("One e-mail is on its way.", "%(num)s e-mails are on their way.", sent))
    return redirect(url_for(".index", **_choice().as_arguments()), code=HTTPStatus.SEE_OTHER)


def _choice() -> WorkChoice:
    return choice_from(request.args)


def _list(choice: WorkChoice, form: ViewForm, *messages: str) -> str:
    return render_template(
        "collections/list.html",
        page=work_page(database(), member(), choice, **act()),
        form=form,
        errors=error_summary(form, *messages),
    )
