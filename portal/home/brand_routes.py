"""A practice's colours, logo and app manifest, as files that every page of it links to."""

from http import HTTPStatus
from typing import Final
from uuid import UUID

from flask import Blueprint, Response, abort, jsonify, request

from portal.auth.policies import Policy, policy
from portal.home.notices import brand_of, logo_of, notice_page, practice_meant
from portal.web.assets import asset_address
from portal.web.context import portal

brand = Blueprint("brand", __name__)

_ONE_YEAR = "public, max-age=31536000, immutable"  # the address holds the version
_ONE_HOUR = "public, max-age=3600"
_FOR_ALL = policy(Policy.PUBLIC, reason="how a practice looks: the same for everybody")
_GROUND: Final = "#eef1f2"


@brand.get("/brand/<slug>.css")
@_FOR_ALL
def style(slug: str) -> Response:
    """Five custom properties; portal.css does the rest.

    Kept for a year only at the address of the version that it is: one that is still to come, or
    has passed, must not hold these colours in some cache on the way.
    """
    version, sheet = brand_of(portal().database, _practice(slug))
    response = Response(sheet, content_type="text/css; charset=utf-8")
    is_now = request.args.get("version") == str(version)
    response.headers["Cache-Control"] = _ONE_YEAR if is_now else "no-cache"
    return response


@brand.get("/brand/<slug>/<uuid:logo_id>")
@_FOR_ALL
def logo(slug: str, logo_id: UUID) -> Response:
    """As it was checked when it was added (practice/logos.py)."""
    found = logo_of(portal().database, _practice(slug), logo_id)
    if found is None:
        abort(HTTPStatus.NOT_FOUND)
    response = Response(found.body, content_type=found.content_type)
    response.headers["Cache-Control"] = _ONE_YEAR
    return response


@brand.get("/manifest.webmanifest")
@_FOR_ALL
def manifest() -> Response:
    """Makes the portal installable. There is no service worker: nothing of it is kept offline."""
    here = portal()
    practice_id = practice_meant(here.database, request.args.get("practice", ""))
    practice = notice_page(here.database, practice_id).practice
    name = practice.name if practice else "Patient billing"
    response = jsonify(
        {
            "name": name,
            "short_name": name if len(name) <= 12 else "Billing",  # noqa: PLR2004 — the room below an icon
            "start_url": "/home",
            "scope": "/",
            "display": "minimal-ui",
            "background_color": _GROUND,
            "theme_color": _GROUND,
            "icons": [
                {"src": asset_address("icon.svg"), "type": "image/svg+xml", "sizes": "any"},
                *(
                    {
                        "src": asset_address(f"icon-{size}.png"),
                        "type": "image/png",
                        "sizes": f"{size}x{size}",
                        "purpose": "any maskable" if size > 192 else "any",  # noqa: PLR2004
                    }
                    for size in (192, 512)
                ),
            ],
        }
    )
    response.mimetype = "application/manifest+json"
    response.headers["Cache-Control"] = _ONE_HOUR
    return response


def _practice(slug: str) -> UUID:
    practice_id = practice_meant(portal().database, slug)
    if practice_id is None:
        abort(HTTPStatus.NOT_FOUND)
    return practice_id
