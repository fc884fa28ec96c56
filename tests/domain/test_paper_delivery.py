"""Paper or electronic: the last word counts, mail that comes back means paper, consent by kind."""

from datetime import UTC, date, datetime, timedelta

import pytest

from portal.domain.paper_consent_texts import Statement, consent_text
from portal.domain.paper_delivery import (
    NEEDS_CONSENT,
    Bounce,
    Choice,
    DeliveryKind,
    DocumentKind,
    LetterReason,
    Standing,
    came_back_at,
    letter_goes_by,
    letter_reason,
    may_go_electronically,
    standing_of,
)

START = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)


def at(hours: int) -> datetime:
    return START + timedelta(hours=hours)


@pytest.mark.parametrize(
    ("said", "consents", "on_paper"),
    [
        ((), False, False),
        ((DeliveryKind.CONSENTED,), True, False),
        ((DeliveryKind.CONSENTED, DeliveryKind.WITHDRAWN), False, True),
        ((DeliveryKind.CHOSE_PAPER,), False, True),
        ((DeliveryKind.CHOSE_PAPER, DeliveryKind.CONSENTED), True, False),
        ((DeliveryKind.CONSENTED, DeliveryKind.ASKED_CALL), True, False),
    ],
)
def test_the_last_word_counts(
    said: tuple[DeliveryKind, ...], *, consents: bool, on_paper: bool
) -> None:
    choices = [Choice(kind, at(hour)) for hour, kind in enumerate(said)]
    standing = standing_of(reversed(choices))
    assert (standing.consented_at is not None, standing.wants_paper) == (consents, on_paper)


def test_large_print_stays_until_it_is_not_wanted() -> None:
    large = [Choice(DeliveryKind.LARGE_PRINT, at(0)), Choice(DeliveryKind.CONSENTED, at(1))]
    assert standing_of(large).is_large
    assert not standing_of([*large, Choice(DeliveryKind.USUAL_PRINT, at(2))]).is_large


@pytest.mark.parametrize(
    ("bounces", "since", "expected"),
    [
        ((), None, None),
        ((Bounce(at(1), is_hard=True),), None, at(1)),
        ((Bounce(at(1), is_hard=False),), None, None),
        ((Bounce(at(1), is_hard=False), Bounce(at(5), is_hard=False)), None, at(5)),
        ((Bounce(at(1), is_hard=True),), at(2), None),
        ((Bounce(at(1), is_hard=False), Bounce(at(5), is_hard=False)), at(2), None),
    ],
)
def test_one_hard_or_two_soft_bounces_mean_that_mail_does_not_arrive(
    bounces: tuple[Bounce, ...], since: datetime | None, expected: datetime | None
) -> None:
    assert came_back_at(bounces, since=since) == expected


@pytest.mark.parametrize(
    ("has_email", "agreed", "came_back", "wants_paper", "reason"),
    [
        (True, True, None, False, None),
        (False, False, None, False, LetterReason.NO_EMAIL),
        (True, False, None, False, LetterReason.NOT_AGREED),
        (True, True, START, False, LetterReason.BOUNCED),
        (True, True, START, True, LetterReason.CHOSE_PAPER),
    ],
)
def test_why_a_statement_is_a_letter(
    *,
    has_email: bool,
    agreed: bool,
    came_back: datetime | None,
    wants_paper: bool,
    reason: LetterReason | None,
) -> None:
    standing = Standing(wants_paper=wants_paper)
    found = letter_reason(standing, has_email=has_email, agreed=agreed, came_back=came_back)
    assert found is reason


def test_a_letter_goes_within_one_business_day_of_its_cause() -> None:
    friday, monday = date(2026, 3, 6), date(2026, 3, 9)
    assert letter_goes_by(friday, None, LetterReason.CHOSE_PAPER) == monday
    assert letter_goes_by(date(2026, 3, 2), friday, LetterReason.BOUNCED) == monday


@pytest.mark.parametrize("document", list(DocumentKind))
def test_what_the_law_wants_in_writing_needs_consent_and_a_link_does_not(
    document: DocumentKind,
) -> None:
    in_writing = {
        DocumentKind.PLAN_DISCLOSURE,
        DocumentKind.DEBIT_MANDATE,
        DocumentKind.COLLECTION_NOTICE,
    }
    assert NEEDS_CONSENT[document] is (document in in_writing)
    assert may_go_electronically(document, Standing(consented_at=START))
    assert may_go_electronically(document, Standing()) is (document not in in_writing)


@pytest.mark.parametrize("language", ["en", "es"])
def test_all_nine_statements_of_the_law_are_made(language: str) -> None:
    text = consent_text(practice="Riverbend", phone="(503) 555-0142", language=language)
    assert len(text.sentences) == len(Statement) == 9
    assert text.language == language
    assert len(set(text.sentences)) == 9
    assert not any("{" in sentence for sentence in text.sentences)
