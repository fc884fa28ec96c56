"""What people type and choose about their papers."""

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, StringField
from wtforms.validators import AnyOf, InputRequired, ValidationError

from portal.domain.paper_delivery import DeliveryKind
from portal.statements.delivery.words import is_found

_NOT_IN_PAGE = lazy_gettext("This is not the word on the sample page. Look again")
_NOT_IN_FILE = lazy_gettext("This is not the word in the sample file. Look again")
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
    hidden_in_page = ""
    hidden_in_file = ""

    def hide(self, *, in_page: str, in_file: str) -> None:
        """What has to be found."""
        self.hidden_in_page, self.hidden_in_file = in_page, in_file

    def validate_page_word(self, field: StringField) -> None:
        if not is_found(field.data or "", self.hidden_in_page):
            raise ValidationError(_NOT_IN_PAGE)

    def validate_file_word(self, field: StringField) -> None:
        if not is_found(field.data or "", self.hidden_in_file):
            raise ValidationError(_NOT_IN_FILE)


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
