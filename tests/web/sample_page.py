"""A sample view of a page, and who of staff looks at it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from flask_wtf import FlaskForm

from tests.web import sample_desk_views as desk
from tests.web import sample_patient_views as patients


@dataclass(frozen=True, slots=True)
class SamplePage:
    """A template and what its view gives it; ``typed`` is a form that was sent, with its errors."""

    template: str
    page: object = None
    form: type[FlaskForm] | None = None
    typed: Mapping[str, str] | None = None
    more: Mapping[str, object] = field(default_factory=dict)


STAFF: Mapping[str, object] = {"staff": desk.JO}
MANAGER = {
    "staff": replace(
        desk.JO,
        role="manager",
        areas=frozenset({"desk", "insurance", "sync", "credit", "refunds", "practice"}),
    )
}
CLERK = {
    "staff": replace(desk.JO, areas=frozenset({"desk", "money", "drawer"})),
}
OVERSEER = {
    "staff": replace(desk.JO, role="manager", areas=frozenset({"desk", "money", "books"})),
}
POSTER = {
    "staff": replace(
        desk.JO,
        name="Maximiliana Featherstonehaugh",
        role="poster",
        areas=frozenset({"insurance", "sync"}),
        practice_name=patients.LONG_PRACTICE.name,
    )
}


BOOKKEEPER = {
    "staff": replace(
        desk.JO,
        role="manager",
        areas=frozenset({"desk", "money", "books", "refunds", "credit", "insurance", "sync"}),
    ),
}
