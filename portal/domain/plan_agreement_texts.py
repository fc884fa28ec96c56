"""What is agreed to with a payment plan, word for word, in versions: never edited, only followed.

A consent keeps the version, the language and the sentences as they were shown, days and amounts
included. The wording, that of the states' notices too, is an example for counsel to confirm.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from portal.domain.dates import long_day
from portal.domain.money import format_usd
from portal.domain.plans.policy import PlanPolicy
from portal.domain.plans.schedule import Installment
from portal.domain.plans.state_pack import Notice

CURRENT_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """What goes into the sentences. ``method`` is "Visa ending 4242"; empty: paid by hand.

    ``installments`` are those that are still to be paid by this agreement, in order.
    """

    practice: str
    phone: str
    installments: Sequence[Installment]
    policy: PlanPolicy
    notices: frozenset[Notice] = frozenset()
    method: str = ""
    is_bank_account: bool = False
    is_changed: bool = False  # a plan that runs gets new terms


@dataclass(frozen=True, slots=True)
class PlanAgreement:
    """A wording as it is shown. ``dates`` has each day with its amount.

    ``english`` is what counts beside a translation that nobody qualified has reviewed.
    """

    version: int
    language: str
    dates: tuple[str, ...]
    sentences: tuple[str, ...]
    notices: tuple[str, ...]
    english: tuple[str, ...] = ()

    @property
    def all_sentences(self) -> tuple[str, ...]:
        """As they are read out: what it is about comes first."""
        return ("; ".join(self.dates), *self.sentences, *self.notices)

    @property
    def in_writing(self) -> tuple[str, ...]:
        """As they are shown and printed, and as a consent keeps them."""
        if not self.english:
            return self.all_sentences
        return (*self.all_sentences, self.english_counts, *self.english)

    @property
    def english_counts(self) -> str:
        return _ENGLISH_COUNTS[self.language]


_TEXTS: Final[Mapping[tuple[str, int, str], str]] = {
    ("dated", 1, "en"): "{day}: {amount}",
    ("dated", 1, "es"): "{day}: {amount}",
    ("begins", 1, "en"): (
        "You pay {practice} {total} in the payments above: {count} in all, each on its day."
    ),
    ("begins", 1, "es"): (
        "Usted paga a {practice} {total} con los pagos de arriba: {count} en total, cada uno en "
        "su fecha."
    ),
    ("changes", 1, "en"): (
        "From now on you pay {practice} {total} in the payments above: {count} in all, each on "
        "its day. They take the place of those you agreed to before."
    ),
    ("changes", 1, "es"): (
        "Desde ahora usted paga a {practice} {total} con los pagos de arriba: {count} en total, "
        "cada uno en su fecha. Estos reemplazan los que usted aceptó antes."
    ),
    ("charged", 1, "en"): (
        "{practice} may charge each of them to {method} on its day, never more than is still "
        "open. At least {notice_days} days before, we tell you by e-mail."
    ),
    ("charged", 1, "es"): (
        "{practice} puede cobrar cada uno a {method} en su fecha, nunca más de lo que falte. Le "
        "avisamos por correo electrónico al menos {notice_days} días antes."
    ),
    ("by_hand", 1, "en"): (
        "You make each payment yourself by its day: on the page of your plan, by mail, or at the "
        "desk. Nothing is charged by itself."
    ),
    ("by_hand", 1, "es"): (
        "Usted hace cada pago a más tardar en su fecha: en la página de su plan, por correo o en "
        "la recepción. Nada se cobra solo."
    ),
    ("retries_card", 1, "en"): (
        "If the bank says no for now, we tell you and may try again up to three times within a "
        "week, never twice in one day."
    ),
    ("retries_card", 1, "es"): (
        "Si el banco dice que no por ahora, le avisamos y podemos intentarlo hasta tres veces más "
        "en una semana, nunca dos veces el mismo día."
    ),
    ("retries_bank", 1, "en"): (
        "If your bank sends a payment back for lack of money, we tell you and may try it again up "
        "to two times."
    ),
    ("retries_bank", 1, "es"): (
        "Si su banco devuelve un pago por falta de fondos, le avisamos y podemos intentarlo hasta "
        "dos veces más."
    ),
    ("free", 1, "en"): "There is no interest and no fee. We do not check your credit.",
    ("free", 1, "es"): "No hay intereses ni cargos. No revisamos su historial de crédito.",
    ("covered", 1, "en"): (
        "While you keep the plan, we ask for these visits in no other way, and send none of them "
        "to collections."
    ),
    ("covered", 1, "es"): (
        "Mientras usted cumpla el plan, no pedimos el pago de estas visitas de otra forma ni "
        "enviamos ninguna a cobranzas."
    ),
    ("early", 1, "en"): (
        "You may pay early, all or a part, at no cost. You may change how you pay, or end the "
        "plan, on its page or by calling {phone}. What is left is then due as if there had been "
        "no plan."
    ),
    ("early", 1, "es"): (
        "Puede pagar antes, todo o una parte, sin costo. Puede cambiar la forma de pago o "
        "terminar el plan en su página o llamando al {phone}. Lo que falte se debe entonces como "
        "si no hubiera habido un plan."
    ),
    ("moves", 1, "en"): "You may move a payment by up to {move_days} days, until its day.",
    ("moves", 1, "es"): "Puede mover un pago hasta {move_days} días, antes de su fecha.",
    ("skips", 1, "en"): (
        "In 12 months you may skip {skips}, once {least_paid} have been paid. It is then due "
        "after the last one."
    ),
    ("skips", 1, "es"): (
        "En 12 meses puede saltar {skips}, después de haber pagado {least_paid}. Ese pago pasa al "
        "final del plan."
    ),
    ("late", 1, "en"): (
        "A payment is late {grace_days} days after its day. After {in_a_row} late payments in a "
        "row, or {in_a_year} in 12 months, you have {cure_days} days to catch up. If you cannot, "
        "the plan ends, and what is left is due, with no fee. Call us before that: we look for a "
        "way with you."
    ),
    ("late", 1, "es"): (
        "Un pago está atrasado {grace_days} días después de su fecha. Después de {in_a_row} pagos "
        "atrasados seguidos, o {in_a_year} en 12 meses, usted tiene {cure_days} días para ponerse "
        "al día. Si no puede, el plan termina y se debe lo que falte, sin ningún cargo. Llámenos "
        "antes: buscamos una solución con usted."
    ),
    ("insurance", 1, "en"): (
        "If your insurance pays more later, your plan gets smaller and we tell you. What you paid "
        "too much is yours. A new bill joins the plan only if you agree."
    ),
    ("insurance", 1, "es"): (
        "Si su seguro paga más después, su plan se reduce y le avisamos. Lo que haya pagado de "
        "más es suyo. Una cuenta nueva entra en el plan solo si usted acepta."
    ),
}

_NOTICES: Final[Mapping[tuple[Notice, int, str], str]] = {
    (Notice.CA_NO_CREDIT_REPORTING, 1, "en"): (
        "A holder of this medical debt contract is prohibited by Section 1785.27 of the Civil Code "
        "from furnishing any information related to this debt to a consumer credit reporting "
        "agency. In addition to any other penalties allowed by law, if a person knowingly violates "
        "that section by furnishing information regarding this debt to a consumer credit reporting "
        "agency, the debt shall be void and unenforceable."
    ),
    (Notice.CA_NO_CREDIT_REPORTING, 1, "es"): (
        "La Sección 1785.27 del Código Civil de California prohíbe al titular de este contrato de "
        "deuda médica dar información sobre esta deuda a una agencia de informes de crédito del "
        "consumidor. Además de las otras sanciones que permita la ley, si una persona viola esa "
        "sección a sabiendas y da información sobre esta deuda a una agencia de informes de "
        "crédito del consumidor, la deuda será nula y no se podrá exigir."
    ),
    (Notice.CO_PATIENT_RIGHTS, 1, "en"): (
        "Colorado: you may have a right to be looked at for help with your bill, to a payment plan "
        "that fits your income, and to complain to the state. Ask us for the list of your rights "
        "at {phone}."
    ),
    (Notice.CO_PATIENT_RIGHTS, 1, "es"): (
        "Colorado: usted puede tener derecho a que se vea si puede recibir ayuda con su cuenta, a "
        "un plan de pagos según sus ingresos y a quejarse ante el estado. Pídanos la lista de sus "
        "derechos al {phone}."
    ),
    (Notice.NJ_NOT_REPORTED, 1, "en"): (
        "New Jersey: we do not report this debt to any credit reporting agency."
    ),
    (Notice.NJ_NOT_REPORTED, 1, "es"): (
        "Nueva Jersey: no informamos de esta deuda a ninguna agencia de informes de crédito."
    ),
    (Notice.NY_CARD_RISKS, 1, "en"): (
        "New York: a medical bill that you pay with a credit card is no longer medical debt. You "
        "may lose protections of federal and state law: limits on interest, and rules against "
        "liens on your home, taking of wages and credit reports for medical debt."
    ),
    (Notice.NY_CARD_RISKS, 1, "es"): (
        "Nueva York: una cuenta médica que usted paga con tarjeta de crédito deja de ser deuda "
        "médica. Usted puede perder protecciones de leyes federales y estatales: los límites a los "
        "intereses y las reglas contra gravámenes sobre su casa, embargos de salario e informes de "
        "crédito por deuda médica."
    ),
}


_ENGLISH_COUNTS: Final[Mapping[str, str]] = {
    "es": (
        "Ningún traductor calificado ha revisado todavía este texto en español. Lo que vale es el "
        "texto en inglés, que sigue. Si quiere que se lo expliquen, llámenos: el intérprete es "
        "gratis."
    ),
}


def apart_from_english(sentences: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """What a consent keeps, with what counts in English apart: it begins by saying that it does."""
    counts = frozenset(_ENGLISH_COUNTS.values())
    at = next((place for place, one in enumerate(sentences) if one in counts), len(sentences))
    return sentences[:at], sentences[at:]


NOTICES_OF_CARDS: Final = frozenset({Notice.NY_CARD_RISKS})
"""To be read before a way to pay is chosen."""


def notice_texts(notices: Iterable[Notice], *, phone: str, language: str) -> tuple[str, ...]:
    """Today's wording of these, in their order."""
    shown_in = language if ("begins", CURRENT_VERSION, language) in _TEXTS else "en"
    return tuple(
        _NOTICES[notice, CURRENT_VERSION, shown_in].format(phone=phone)
        for notice in sorted(notices)
    )


def plan_agreement(facts: PlanFacts, *, language: str, is_reviewed: bool = True) -> PlanAgreement:
    """Today's wording. A language we have no wording in is shown in English.

    ``is_reviewed``: whether the translation stands by itself (45 CFR 92.201(c)(3)).
    """
    if not is_reviewed and language in _ENGLISH_COUNTS:
        english = plan_agreement(facts, language="en").all_sentences
        return replace(plan_agreement(facts, language=language), english=english)
    version = CURRENT_VERSION
    shown_in = language if ("begins", version, language) in _TEXTS else "en"
    values = _values(facts, shown_in)
    return PlanAgreement(
        version=version,
        language=shown_in,
        dates=tuple(
            _TEXTS["dated", version, shown_in].format(
                day=long_day(one.due_on, shown_in), amount=format_usd(one.asked_cents)
            )
            for one in facts.installments
        ),
        sentences=tuple(
            _TEXTS[name, version, shown_in].format(**values) for name in _sentences(facts)
        ),
        notices=notice_texts(facts.notices, phone=facts.phone, language=shown_in),
    )


def _sentences(facts: PlanFacts) -> Iterable[str]:
    yield "changes" if facts.is_changed else "begins"
    if facts.method:
        yield "charged"
        yield "retries_bank" if facts.is_bank_account else "retries_card"
    else:
        yield "by_hand"
    yield from ("free", "covered", "early")
    if facts.policy.move_date_max_days:
        yield "moves"
    if facts.policy.skips_per_year:
        yield "skips"
    yield from ("late", "insurance")


def _values(facts: PlanFacts, language: str) -> Mapping[str, object]:
    policy = facts.policy
    notice_days = policy.debit_prenotice_days if facts.is_bank_account else policy.prenotice_days
    return {
        "practice": facts.practice,
        "phone": facts.phone,
        "method": facts.method,
        "total": format_usd(sum(one.asked_cents for one in facts.installments)),
        "count": len(facts.installments),
        "notice_days": notice_days,
        "move_days": policy.move_date_max_days,
        "skips": _payments(policy.skips_per_year, language),
        "least_paid": _payments(policy.least_paid_before_skip, language),
        "grace_days": policy.grace_days,
        "in_a_row": policy.misses_in_a_row,
        "in_a_year": policy.misses_in_a_year,
        "cure_days": policy.cure_days,
    }


def _payments(count: int, language: str) -> str:
    """As a sentence has them: "one payment", "3 pagos"."""
    if language == "es":
        return "un pago" if count == 1 else f"{count} pagos"
    return "one payment" if count == 1 else f"{count} payments"
