"""What people agree to, word for word, in versions: never edited, only followed by a newer one.

A consent keeps the version, the language and the sentences as they were shown. The wording is ours
and for a practice and its counsel to confirm.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from portal.domain.dates import long_day
from portal.domain.money import format_usd


class AgreementKind(StrEnum):
    """What somebody agrees to; each is asked for by itself, with a box nobody has ticked."""

    SAVE_METHOD = "save_method"
    PAY_LATER = "pay_later"
    AUTOPAY = "autopay"


@dataclass(frozen=True, slots=True)
class AgreementFacts:
    """What goes into the sentences. ``method`` is "Visa ending 4242"; amounts are cents."""

    practice: str
    phone: str
    method: str = ""
    amount_cents: int = 0
    charge_on: date | None = None
    days_after: int = 0
    notice_days: int = 0


CURRENT_VERSION: Final[Mapping[AgreementKind, int]] = {
    AgreementKind.SAVE_METHOD: 2,
    AgreementKind.PAY_LATER: 1,
    AgreementKind.AUTOPAY: 1,
}

_TEXTS: Final[Mapping[tuple[AgreementKind, int, str], tuple[str, ...]]] = {
    (AgreementKind.SAVE_METHOD, 1, "en"): (
        "{practice} may keep this way to pay for later. Stripe keeps the number; we never see it.",
        (
            "It is charged only for payments that you agree to one by one, for payments you "
            "plan, and for autopay if you turn it on."
        ),
        "You can remove it at any time on the page “Ways to pay”, or by calling {phone}.",
        "If your bank gives you a new card number, it may tell us, so that this keeps working.",
    ),
    (AgreementKind.SAVE_METHOD, 1, "es"): (
        (
            "{practice} puede guardar esta forma de pago para después. Stripe guarda el "
            "número; nosotros nunca lo vemos."
        ),
        (
            "Solo se cobra por los pagos que usted acepta uno por uno, por los pagos que "
            "usted programa y por el pago automático si usted lo activa."
        ),
        "Puede quitarla cuando quiera en la página “Formas de pago” o llamando al {phone}.",
        "Si su banco le da un número de tarjeta nuevo, puede avisarnos para que siga funcionando.",
    ),
    (AgreementKind.SAVE_METHOD, 2, "en"): (
        "{practice} may keep this way to pay for later. Stripe keeps the number; we never see it.",
        (
            "It is charged only for payments that you agree to one by one, for payments you "
            "plan, for autopay if you turn it on, and for a payment plan if you agree to one."
        ),
        "You can remove it at any time on the page “Ways to pay”, or by calling {phone}.",
        "If your bank gives you a new card number, it may tell us, so that this keeps working.",
    ),
    (AgreementKind.SAVE_METHOD, 2, "es"): (
        (
            "{practice} puede guardar esta forma de pago para después. Stripe guarda el "
            "número; nosotros nunca lo vemos."
        ),
        (
            "Solo se cobra por los pagos que usted acepta uno por uno, por los pagos que "
            "usted programa, por el pago automático si usted lo activa y por un plan de pagos "
            "si usted acepta uno."
        ),
        "Puede quitarla cuando quiera en la página “Formas de pago” o llamando al {phone}.",
        "Si su banco le da un número de tarjeta nuevo, puede avisarnos para que siga funcionando.",
    ),
    (AgreementKind.PAY_LATER, 1, "en"): (
        "On {day} {practice} may charge {amount} once to {method}.",
        (
            "If you owe less by then, less is charged. If you owe nothing, nothing is "
            "charged. It is never more."
        ),
        "If the bank says no for now, we may try again up to three times within a week.",
        (
            "You can stop it or move it until that day on the page of this payment, or by "
            "calling {phone}."
        ),
    ),
    (AgreementKind.PAY_LATER, 1, "es"): (
        "El {day} {practice} puede cobrar {amount} una sola vez a {method}.",
        (
            "Si para entonces usted debe menos, se cobra menos. Si no debe nada, no se cobra "
            "nada. Nunca se cobra más."
        ),
        (
            "Si el banco dice que no por ahora, podemos intentarlo hasta tres veces más en "
            "una semana."
        ),
        (
            "Puede detenerlo o cambiar el día hasta esa fecha en la página de este pago o "
            "llamando al {phone}."
        ),
    ),
    (AgreementKind.AUTOPAY, 1, "en"): (
        (
            "For each new statement {practice} may charge what it asks for to {method}, "
            "{days_after} days after the statement or later."
        ),
        (
            "A statement of more than {amount} is never charged by itself: we write to you "
            "first, and you decide."
        ),
        (
            "At least {notice_days} days before each charge we send you an e-mail. It leads "
            "to the amount and the day. You agree that we do not write the amount in the "
            "e-mail as long as it is not above your limit."
        ),
        "If the bank says no for now, we may try again up to three times within a week.",
        (
            "You can stop or move each charge until its day, and turn autopay off at any "
            "time, on the page “Autopay” or by calling {phone}. It goes on until you turn it "
            "off or remove this way to pay."
        ),
    ),
    (AgreementKind.AUTOPAY, 1, "es"): (
        (
            "Por cada estado de cuenta nuevo {practice} puede cobrar lo que este pide a "
            "{method}, {days_after} días después del estado de cuenta o más tarde."
        ),
        (
            "Un estado de cuenta de más de {amount} nunca se cobra solo: primero le "
            "escribimos y usted decide."
        ),
        (
            "Al menos {notice_days} días antes de cada cobro le enviamos un correo. Este "
            "lleva al monto y al día. Usted acepta que no escribamos el monto en el correo "
            "mientras no pase de su límite."
        ),
        (
            "Si el banco dice que no por ahora, podemos intentarlo hasta tres veces más en "
            "una semana."
        ),
        (
            "Puede detener cada cobro o cambiar su día hasta esa fecha, y desactivar el pago "
            "automático cuando quiera, en la página “Pago automático” o llamando al {phone}. "
            "Sigue hasta que usted lo desactive o quite esta forma de pago."
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class Agreement:
    """A wording as it is shown to somebody."""

    kind: AgreementKind
    version: int
    language: str
    sentences: tuple[str, ...]


def agreement(
    kind: AgreementKind, facts: AgreementFacts, *, language: str, version: int | None = None
) -> Agreement:
    """Today's wording, or an earlier one. A language without a wording is shown in English."""
    version = version or CURRENT_VERSION[kind]
    shown_in = language if (kind, version, language) in _TEXTS else "en"
    values = {
        "practice": facts.practice,
        "phone": facts.phone,
        "method": facts.method,
        "amount": format_usd(facts.amount_cents),
        "day": long_day(facts.charge_on, shown_in) if facts.charge_on else "",
        "days_after": facts.days_after,
        "notice_days": facts.notice_days,
    }
    sentences = tuple(text.format(**values) for text in _TEXTS[kind, version, shown_in])
    return Agreement(kind, version, shown_in, sentences)
