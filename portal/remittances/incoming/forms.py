"""What posters send when they upload a file."""

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired


class FileForm(FlaskForm):
    """Carries one file."""

    file = FileField(lazy_gettext("File"), [FileRequired(lazy_gettext("Choose a file"))])
