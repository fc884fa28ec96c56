"""Language help, accessibility, privacy, rights: pages that anybody may read, signed in or not."""

from uuid import UUID

from flask import Blueprint, render_template, request

from portal.auth.current import current_principal
from portal.auth.policies import Policy, policy
from portal.domain.language_help import language_notices
from portal.home import notices as pages
from portal.home.conformance import conformance
from portal.web.context import portal

notices = Blueprint("notices", __name__)

_FOR_ALL = policy(Policy.PUBLIC, reason="a notice that must be easy to find; it names nobody")


@notices.get("/language-help")
@_FOR_ALL
def language_help() -> str:
    """Free help in English and fifteen languages (45 CFR 92.11)."""
    return render_template(
        "notices/language_help.html", page=_page(), as_of=language_notices().as_of
    )


@notices.get("/accessibility")
@_FOR_ALL
def accessibility() -> str:
    """What works, what was measured, whom to tell (45 CFR 84.84)."""
    return render_template("notices/accessibility.html", page=_page(), measured=conformance())


@notices.get("/privacy")
@_FOR_ALL
def privacy() -> str:
    """What is kept here, and what is not (45 CFR 164.520 is the practice's own notice)."""
    return render_template("notices/privacy.html", page=_page())


@notices.get("/nondiscrimination")
@_FOR_ALL
def nondiscrimination() -> str:
    """Nobody is treated differently (45 CFR 92.10)."""
    return render_template("notices/nondiscrimination.html", page=_page())


@notices.get("/other-formats")
@_FOR_ALL
def other_formats() -> str:
    """Large print, braille, or a call (45 CFR 84.77); who is not signed in is told whom to call."""
    principal = current_principal()
    may_ask = principal is not None and principal.holds_account
    return render_template("notices/other_formats.html", page=_page(), may_ask=may_ask)


def _page() -> pages.NoticePage:
    return pages.notice_page(portal().database, _practice_id())


def _practice_id() -> UUID | None:
    """The practice that the reader is a patient of, or the one that the address names."""
    principal = current_principal()
    if principal is not None:
        return principal.practice_id
    return pages.practice_meant(portal().database, request.args.get("practice", ""))
