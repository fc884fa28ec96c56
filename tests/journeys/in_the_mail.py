"""What goes by mail: somebody chose paper, and a run of letters was printed."""

import io
from datetime import datetime
from uuid import UUID

from flask import Flask
from sqlalchemy import insert

from portal.db import Database, Principal
from portal.domain.paper_delivery import DeliveryKind
from portal.payments.scheduled.views import scheduled_of_statement
from portal.statements.delivery.service import Occasion, choose
from portal.statements.delivery.words import Sample
from portal.statements.papers.models import PaperSettings
from portal.statements.print_runs.printing import PrintShop, print_letters
from portal.statements.print_runs.service import Act, start_run
from tests.auth.running import SECRET_KEY

ENVELOPE = {
    "sender_x": "0.5",
    "sender_y": "0.5",
    "sender_width": "3.5",
    "sender_height": "1",
    "recipient_x": "0.5",
    "recipient_y": "2",
    "recipient_width": "4",
    "recipient_height": "1.125",
    "is_duplex": "y",
    "remit_to": "PO Box 12\nEaston, OR 97399",
}
"""A right answer to the form of the practice's envelopes."""


def send_letters(
    app: Flask, database: Database, practice_id: UUID, *people: UUID, now: datetime
) -> None:
    """Each of them wants paper; what is due is printed."""
    job = Principal.job(practice_id, role="test")
    for guarantor_id in people:
        choose(database, Occasion(job, guarantor_id, now, "test"), DeliveryKind.CHOSE_PAPER)
    with database.transaction(job) as session:
        session.execute(
            insert(PaperSettings).values(
                practice_id=practice_id,
                sender_window=[625, 875, 3_250, 875],
                recipient_window=[625, 2_125, 4_000, 1_000],
                is_duplex=True,
                remit_to=[],
            )
        )
    run_id = start_run(database, Act(job, now, "test"))
    home = app.extensions["portal"].settings.home
    shop = PrintShop(database, practice_id, home, "http://localhost:8000", scheduled_of_statement)
    with app.app_context():
        print_letters(shop, run_id, now=now)


def answers_of_the_mailing_house() -> tuple[io.BytesIO, str]:
    """Its file: the first letter was mailed."""
    return io.BytesIO(b"sequence,status\n1,mailed\n"), "answers.csv"


def words_found(guarantor_id: UUID, *, now: datetime) -> dict[str, str]:
    """What somebody types who opened both samples."""
    return {
        f"{name}_word": Sample(SECRET_KEY, guarantor_id, name, "en").word_on(now.date())
        for name in ("page", "file")
    }
