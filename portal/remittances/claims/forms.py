"""What staff say of a visit that is kept from whoever pays for it."""

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, StringField
from wtforms.validators import DataRequired, Length

_LONGEST_NOTE = 300


class PrivacyForm(FlaskForm):
    """What is kept private, and why."""

    sensitive = BooleanField(lazy_gettext("Keep what was done private from who pays"))
    part2 = BooleanField(lazy_gettext("A record of substance use treatment (42 CFR Part 2)"))
    note = StringField(
        lazy_gettext("Why?"),
        [DataRequired(lazy_gettext("Write a short note")), Length(max=_LONGEST_NOTE)],
        filters=[lambda typed: (typed or "").strip()],
    )
