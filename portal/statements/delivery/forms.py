"""What people type and choose about their papers."""

from datetime import date

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, StringField
from wtforms.validators import AnyOf, InputRequired

from portal.domain.paper_delivery import DeliveryKind
from portal.statements.delivery.words import Sample

_NOT_BOTH = lazy_gettext("One of the two words is not right. Look at both samples again")
_CHOOSE = lazy_gettext("Choose what would help you")


class ConsentForm(FlaskForm):
    """Both hidden words, and a box that nobody has ticked. Without either there is no consent."""

    page_word = StringField(
        lazy_gettext("The word on the sample page"),
        [InputRequired(lazy_gettext("Open the sample page, and type the word that is in it"))],
    )
    file_word = StringField(
        lazy_gettext("The word in the sample file"),
        [InputRequired(lazy_gettext("Open the sample file, and type the word that is in it"))],
    )
    agreed = BooleanField(
        lazy_gettext("Yes, send me my papers electronically"),
        [InputRequired(lazy_gettext("Tick the box if you agree. Without it paper keeps coming."))],
    )

    def has_found(self, *, page: Sample, file: Sample, typed_on: date) -> bool:
        """Both words, or neither counts: else each could be guessed by itself.

        To be asked of a form that is valid; what is wrong then stands at both.
        """
        in_page = page.is_found(self.page_word.data or "", typed_on=typed_on)
        in_file = file.is_found(self.file_word.data or "", typed_on=typed_on)
        if not (in_page and in_file):
            self.page_word.errors = self.file_word.errors = [_NOT_BOTH]
        return in_page and in_file


class HelpReadingForm(FlaskForm):
    """Another way to read a statement."""

    format = StringField(
        lazy_gettext("What would help you?"),
        [
            InputRequired(_CHOOSE),
            AnyOf(
                [
                    DeliveryKind.LARGE_PRINT,
                    DeliveryKind.USUAL_PRINT,
                    DeliveryKind.ASKED_BRAILLE,
                    DeliveryKind.ASKED_CALL,
                ],
                _CHOOSE,
            ),
        ],
    )

    @property
    def kind(self) -> DeliveryKind:
        """Once it is valid."""
        return DeliveryKind(self.format.data or "")
