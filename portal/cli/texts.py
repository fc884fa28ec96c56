"""`portal texts`: the translations that somebody signs or acts on, and who has reviewed them."""

import click

from portal.cli.output import as_json, show
from portal.web.reviewed import translated_texts


@click.command()
@as_json
def texts(*, json_lines: bool) -> None:
    """List critical translations and who reviewed them."""
    for one in translated_texts():
        show(
            {
                "text": one.key,
                "what": one.what,
                "language": one.language,
                "reviewed_by": one.reviewed_by or None,
                "reviewed_on": one.reviewed_on or None,
                "source": one.source,
            },
            json_lines=json_lines,
        )
