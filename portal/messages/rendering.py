"""The words of messages: templates/messages, in the reader's language; needs an app context.

Each message is three templates: subject, text, HTML. They get the practice and a link, nothing of a
person.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from flask import current_app
from flask_babel import force_locale

from portal.domain.dates import long_day
from portal.messages.service import RenderedMessage
from portal.practice.contact import PracticeContact


class TemplateRenderer:
    """Renders with the running app's templates and catalogues."""

    def render(
        self,
        template: StrEnum,
        *,
        language: str,
        practice: PracticeContact,
        link: str,
        on: date | None = None,
        code: str = "",
    ) -> RenderedMessage:
        """Without context processors: a message knows no request and no session."""
        values = {
            "sender": practice.sender_name,
            "phone": practice.phone,
            "hours": practice.hours_in(language),
            "link_url": link,
            "day": long_day(on, language) if on else "",
            "code": code,
            "language": language,
        }
        with force_locale(language):
            return RenderedMessage(
                subject=_rendered(f"{template.value}_subject.txt", values).strip(),
                text=_rendered(f"{template.value}.txt", values).strip() + "\n",
                html=_rendered(f"{template.value}.html", values),
            )


def _rendered(name: str, values: Mapping[str, str]) -> str:
    return current_app.jinja_env.get_template(f"messages/{name}").render(values)
