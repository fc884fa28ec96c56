"""How a practice's papers look: its colour, and its logo where a paper can show it."""

import base64
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.connectors.pdf import Paper, can_draw, print_paper
from portal.connectors.pdf_blocks import Letterhead
from portal.db import Database, Principal
from portal.practice.branding import Logo, read_logo, read_setup
from portal.practice.logos import png_size


def print_for(
    database: Database, principal: Principal, paper: Paper, *, made_at: datetime
) -> bytes:
    """A paper of this principal's practice, with its letterhead. Raises PaperTooLongError."""
    head = letterhead(database, principal.practice_id)
    return print_paper(paper, made_at=made_at, letterhead=head)


def letterhead(database: Database, practice_id: UUID) -> Letterhead:
    """As it counts now."""
    with database.transaction(Principal.anonymous(practice_id)) as session:
        return read_letterhead(session)


def read_letterhead(session: Session) -> Letterhead:
    """Within a transaction that does more. A logo that cannot be drawn is left out."""
    _, setup = read_setup(session)
    logo = read_logo(session)
    drawing = _drawing(logo) if logo else ""
    return Letterhead(setup.look.light, drawing if drawing and can_draw(drawing) else "")


def _drawing(logo: Logo) -> str:
    """An SVG as it is; a picture within one, so that papers know one kind only."""
    if logo.content_type != "image/png":
        return logo.body.decode()
    width, height = png_size(logo.body)
    held = base64.b64encode(logo.body).decode()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">'
        f'<image width="{width}" height="{height}" href="data:image/png;base64,{held}"/></svg>'
    )
