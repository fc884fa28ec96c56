"""Amounts typed beside the parts of a payment: as many boxes as the page has parts.

Which parts there are, and how much of each, a view takes from the ledger; boxes of a form that the
ledger does not know are not read.
"""

from collections.abc import Mapping
from typing import Any

from wtforms import Field, ValidationError
from wtforms.form import BaseForm

from portal.domain.journal import Target
from portal.payments.credits.part_rows import target_of
from portal.web.fields import MoneyField


class _PartBox(MoneyField):
    """One of them; it may be left empty."""

    def pre_validate(self, form: BaseForm) -> None:
        if self.typed or self.process_errors:
            super().pre_validate(form)


class PartsField(Field):
    """``boxes`` by the key of their part. The error summary leads to the first that is wrong."""

    def __init__(self, label: Any = None, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.boxes: dict[str, MoneyField] = {}
        self._sent: Any = None

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:  # noqa: ARG002 — WTForms' signature
        self.process_errors = []
        self._sent = formdata

    def allow(self, key: str, *, minimum_cents: int, maximum_cents: int, now_cents: int) -> None:
        """Make a box; ``now_cents`` stands in it before anybody types (0: nothing does)."""
        name = f"{self.name}-{key}"
        box = _PartBox(name=name, id=name, _meta=self.meta, _form=None)
        box.process(self._sent, now_cents or None)
        box.allow(minimum_cents=minimum_cents, maximum_cents=maximum_cents)
        self.boxes[key] = box

    def pre_validate(self, form: BaseForm) -> None:
        wrong = [box for box in self.boxes.values() if not box.validate(form)]
        if wrong:
            self.id = wrong[0].id
            raise ValidationError(str(wrong[0].errors[0]))

    def cents(self) -> Mapping[Target, int]:
        """What a valid form says, of boxes that are not empty."""
        return {target_of(key): box.data for key, box in self.boxes.items() if box.data is not None}

    @property
    def typed(self) -> Mapping[str, str]:
        """As it was sent, for a form to carry on: by the box's name."""
        return {box.name: box.typed for box in self.boxes.values() if box.typed}
