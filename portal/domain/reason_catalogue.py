"""Every reason we have words for, and the words for one we do not know: ours, in two languages.

The wording of the official code lists belongs to others and is not here. Codes without words are
no error: payers use new ones three times a year, and the person is told to ask us.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from portal.domain.reason import Ask, Reason, Words
from portal.domain.reasons_of_cost_sharing import COST_SHARING
from portal.domain.reasons_of_coverage import COVERAGE
from portal.domain.reasons_of_plan_rules import PLAN_RULES
from portal.domain.remittance import PATIENT_RESPONSIBILITY

REASONS: Mapping[str, Reason] = {
    reason.code: reason for reason in (*COST_SHARING, *COVERAGE, *PLAN_RULES)
}
"""By claim adjustment reason code (CARC), group PR."""

UNKNOWN_REASON = Reason(
    "",
    Ask.PRACTICE,
    Words(
        "Your plan says this part is yours.",
        "It gave a reason that we do not have plain words for yet.",
        "We will look it up and tell you what it means.",
    ),
    Words(
        "Su plan dice que esta parte es suya.",
        "Dio una razón que todavía no tenemos en palabras sencillas.",
        "La buscaremos y le diremos qué significa.",
    ),
)
_ASK_EN: Mapping[Ask, str] = {
    Ask.PLAN: "Ask your plan: call the number on your card.",
    Ask.PRACTICE: "Ask us: our number is on this page.",
    Ask.PLAN_THEN_PRACTICE: "Ask your plan first: call the number on your card. Then call us.",
}
_ASK_ES: Mapping[Ask, str] = {
    Ask.PLAN: "Pregunte a su plan: llame al número de su tarjeta.",
    Ask.PRACTICE: "Pregúntenos: nuestro número está en esta página.",
    Ask.PLAN_THEN_PRACTICE: "Pregunte primero a su plan: llame al número de su tarjeta. "
    "Después llámenos.",
}


@dataclass(frozen=True, slots=True)
class ReasonText:
    """What a page says about one reason, in the reader's language."""

    heading: str
    meaning: str
    what_you_can_do: str


@dataclass(frozen=True, slots=True)
class ReasonListing:
    """One row of ``portal reasons list``."""

    code_list: str  # CARC
    code: str
    group: str
    owed: bool
    en: str
    es: str


def reason_text(code: str, language: str) -> ReasonText:
    """The words for a code; the generic ones when we do not know it."""
    reason = REASONS.get(code, UNKNOWN_REASON)
    words, ask = (reason.es, _ASK_ES) if language == "es" else (reason.en, _ASK_EN)
    return ReasonText(words.title, words.meaning, f"{words.action} {ask[reason.whom_to_ask]}")


def reason_texts(codes: Iterable[str], language: str) -> dict[str, ReasonText]:
    """The words for each of these codes."""
    return {code: reason_text(code, language) for code in codes}


def is_known(code: str) -> bool:
    """Whether we have words of our own for it."""
    return code in REASONS


def reason_listings() -> tuple[ReasonListing, ...]:
    """The whole catalogue in one order: numbers by size, then the codes with letters."""
    return tuple(
        ReasonListing(
            "CARC",
            code,
            PATIENT_RESPONSIBILITY,
            REASONS[code].owed,
            _in_one_text(reason_text(code, "en")),
            _in_one_text(reason_text(code, "es")),
        )
        for code in sorted(REASONS, key=lambda code: (not code.isdecimal(), code.zfill(3)))
    )


def _in_one_text(text: ReasonText) -> str:
    return f"{text.heading} {text.meaning} {text.what_you_can_do}"
