"""The `expand` parameter: an id in an answer becomes the object it stands for."""

from typing import Any, Final

from portal.demo.stripe_simulator import line_items, shapes
from portal.demo.stripe_simulator.errors import Body, invalid
from portal.demo.stripe_simulator.workspace import Workspace

MOST_LEVELS: Final = 4


def expand(work: Workspace, answer: Body, paths: list[str]) -> Body:
    """Raises StripeError (400) for a path that Stripe could not expand either."""
    for path in paths:
        parts = path.split(".")
        if len(parts) > MOST_LEVELS:
            raise invalid(f"You cannot expand more than {MOST_LEVELS} levels.", param="expand")
        _expand(work, answer, parts, path)
    return answer


def _expand(work: Workspace, place: Any, parts: list[str], path: str) -> None:
    if isinstance(place, list):
        for item in place:
            _expand(work, item, parts, path)
        return
    if not isinstance(place, dict) or not parts:
        return
    field, *rest = parts
    if field not in shapes.expandable(place.get("object", "")) and place.get("object") != "list":
        raise invalid(f"This property cannot be expanded ({path}).", param="expand")
    value = place.get(field)
    if isinstance(value, str):
        place[field] = work.find(value) or value
    elif value is None:
        _include(work, place, field)
    _expand(work, place.get(field), rest, path)


def _include(work: Workspace, place: Body, field: str) -> None:
    """Lists that are in an answer only when asked for."""
    match place["object"], field:
        case "checkout.session", "line_items":
            place["line_items"] = line_items.listed(work, {}, place["id"])
        case "charge", "refunds":
            url = f"/v1/charges/{place['id']}/refunds"
            place["refunds"] = work.page("refund", {"charge": place["id"]}, url=url)
