"""What the routes of accounts share: a request's clock and keys, the site, the page's frame."""

from typing import NamedTuple
from uuid import UUID

from flask import abort, jsonify, make_response, redirect, render_template, url_for
from flask_wtf.csrf import generate_csrf
from werkzeug.wrappers import Response

from portal.auth.accounts.access import AccountRef
from portal.auth.accounts.credentials import Change
from portal.auth.accounts.devices import this_visitor
from portal.auth.accounts.passkeys import Offer, Site
from portal.auth.accounts.principal import ACCOUNT, note_alone, note_view
from portal.auth.accounts.sign_in import enter
from portal.auth.accounts.steps import set_challenge
from portal.auth.accounts.typed import way_on
from portal.auth.accounts.views import CodesPage, DoorPage
from portal.auth.current import begin_account_session, current_link
from portal.db import Principal
from portal.practice.contact import PracticeContact, practice_contact
from portal.practice.directory import (
    PracticeRef,
    UnknownPracticeError,
    practice_by_id,
    practice_by_slug,
)
from portal.request_id import request_id
from portal.web.context import portal

Page = Response | str | tuple[str, int]


class Frame(NamedTuple):
    """Of every page behind the door."""

    practice: PracticeContact
    statement_id: UUID


def act() -> Change:
    """When, with which key, in which request."""
    here = portal()
    return Change(here.clock(), here.settings.secret_key, request_id())


def site() -> Site:
    """Whose passkeys these are."""
    return Site(portal().settings.base_url)


def the_practice_at(slug: str) -> PracticeRef:
    """404 for none of that name."""
    try:
        return practice_by_slug(portal().database, slug)
    except UnknownPracticeError:
        abort(404)


def contact_of_practice(practice_id: UUID) -> PracticeContact:
    """What its pages say about it."""
    with portal().database.transaction(Principal.anonymous(practice_id)) as session:
        return practice_contact(session)


def door(practice: PracticeRef) -> DoorPage:
    """A page of who is not signed in."""
    return DoorPage(
        contact_of_practice(practice.practice_id), practice.slug, site().can_have_passkeys
    )


def slug_of(practice_id: UUID) -> str:
    """The practice's short name, as in addresses."""
    return practice_by_id(portal().database, practice_id).slug


def frame() -> Frame:
    """Of whoever came by a link or signed in."""
    link = current_link() or abort(404)
    return Frame(contact_of_practice(link.principal.practice_id), link.statement_id)


def note_shown(principal: Principal, object_kind: str) -> None:
    """A row in the audit log: a page about somebody is shown to them."""
    here = portal()
    note_view(
        here.database,
        principal,
        object_kind,
        principal.actor_id,
        now=here.clock(),
        request_id=request_id(),
    )


def note_done(
    principal: Principal, action: str, object_id: UUID | None = None, *, object_kind: str = ACCOUNT
) -> None:
    """A row in the audit log: somebody did, or was refused, what leaves no other trace."""
    here = portal()
    note_alone(
        here.database,
        principal,
        action,
        object_id,
        now=here.clock(),
        request_id=request_id(),
        object_kind=object_kind,
    )


def offer_as_json(offer: Offer, *, account_id: UUID | None = None) -> Response:
    """For the script that asks the browser; with the token that the form needs from now on."""
    set_challenge(offer.challenge, account_id=account_id, now=portal().clock())
    return make_response(jsonify(options=offer.options, csrf_token=generate_csrf()))


def let_in(ref: AccountRef, *, how: str, codes: tuple[str, ...] = ()) -> Page | None:
    """Begin the session, and lead on; None for an account that opens nothing.

    New recovery codes are shown before anything else.
    """
    here, visitor = portal(), this_visitor()
    access_id = enter(here.database, ref, how=how, visitor=visitor, act=act())
    if access_id is None:
        return None
    account = begin_account_session(ref, access_id, device=visitor.device, now=here.clock())
    if account is None:
        return None
    shown = frame()
    address = way_on(shown.statement_id)
    if codes:
        page = CodesPage(*shown, codes=codes, next_address=address)
        return render_template("accounts/codes.html", page=page)
    return redirect(address, code=303)


def to(endpoint: str, **values: object) -> Response:
    """Another page of accounts."""
    return redirect(url_for(f"accounts.{endpoint}", **values), code=303)  # type: ignore[arg-type]  # Flask's own values
