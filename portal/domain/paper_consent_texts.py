"""What somebody reads before papers come only electronically, in versions that are never edited.

Each sentence is one of the statements of 15 USC 7001(c)(1). The wording is ours, and for a practice
and its counsel to confirm.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

CURRENT_VERSION: Final = 1


class Statement(StrEnum):
    """What the law wants said, by its place in 15 USC 7001(c)(1)."""

    RIGHT_TO_PAPER = "B(i)(I)"
    RIGHT_TO_WITHDRAW = "B(i)(II)"
    WHAT_IT_COVERS = "B(ii)"
    HOW_TO_WITHDRAW = "B(iii) withdraw"
    HOW_TO_UPDATE = "B(iii) contact"
    PAPER_COPY = "B(iv)"
    WHAT_YOU_NEED = "C(i)"
    HOW_YOU_SHOW = "C(ii)"
    IF_IT_CHANGES = "D"


_TEXTS: Final[Mapping[tuple[int, str], Mapping[Statement, str]]] = {
    (1, "en"): {
        Statement.RIGHT_TO_PAPER: "You may have all of this on paper instead. Paper is free.",
        Statement.RIGHT_TO_WITHDRAW: (
            "You may change your mind at any time. It costs nothing and changes nothing else. Your "
            "next statement then comes by mail."
        ),
        Statement.WHAT_IT_COVERS: (
            "It is about your statements, your payment plan papers, permissions for your bank, "
            "and notices about money you owe {practice}, until you change your mind."
        ),
        Statement.HOW_TO_WITHDRAW: (
            "To go back to paper, press “Send me paper” on this page, or call {phone}."
        ),
        Statement.HOW_TO_UPDATE: (
            "To change your e-mail address, use the page “Contact” in your settings, or call "
            "{phone}."
        ),
        Statement.PAPER_COPY: (
            "You may ask for a paper copy of anything, at any time. Call {phone}. It is free."
        ),
        Statement.WHAT_YOU_NEED: (
            "You need e-mail, a web browser from the last two years, and something that opens PDF "
            "files. To keep papers you need a printer or room to save files."
        ),
        Statement.HOW_YOU_SHOW: (
            "Before you agree, you open a sample page and a sample file and type the word you find "
            "in each. That shows that you can read what we will send."
        ),
        Statement.IF_IT_CHANGES: (
            "If what you need changes so that you may not be able to read your papers, we tell you "
            "first and ask you again. You may then go back to paper at no cost."
        ),
    },
    (1, "es"): {
        Statement.RIGHT_TO_PAPER: "Usted puede recibir todo esto en papel. El papel es gratis.",
        Statement.RIGHT_TO_WITHDRAW: (
            "Puede cambiar de opinión cuando quiera. No cuesta nada y no cambia nada más. Su "
            "próximo estado de cuenta le llega entonces por correo postal."
        ),
        Statement.WHAT_IT_COVERS: (
            "Se trata de sus estados de cuenta, los papeles de su plan de pagos, los permisos para "
            "su banco y los avisos sobre dinero que debe a {practice}, hasta que cambie de opinión."
        ),
        Statement.HOW_TO_WITHDRAW: (
            "Para volver al papel, pulse “Envíenme papel” en esta página o llame al {phone}."
        ),
        Statement.HOW_TO_UPDATE: (
            "Para cambiar su correo electrónico, use la página “Contacto” en sus ajustes o llame "
            "al {phone}."
        ),
        Statement.PAPER_COPY: (
            "Puede pedir una copia en papel de cualquier documento, cuando quiera. Llame al "
            "{phone}. Es gratis."
        ),
        Statement.WHAT_YOU_NEED: (
            "Necesita correo electrónico, un navegador de los últimos dos años y un programa que "
            "abra archivos PDF. Para guardar papeles necesita una impresora o espacio para "
            "archivos."
        ),
        Statement.HOW_YOU_SHOW: (
            "Antes de aceptar, usted abre una página y un archivo de muestra y escribe la palabra "
            "que encuentra en cada uno. Así muestra que puede leer lo que le enviaremos."
        ),
        Statement.IF_IT_CHANGES: (
            "Si cambia lo que necesita y quizá no pueda leer sus papeles, se lo decimos antes y le "
            "preguntamos otra vez. Entonces puede volver al papel sin costo."
        ),
    },
}


@dataclass(frozen=True, slots=True)
class ConsentText:
    """A wording as it is shown to somebody."""

    version: int
    language: str
    sentences: tuple[str, ...]


def consent_text(
    *, practice: str, phone: str, language: str, version: int = CURRENT_VERSION
) -> ConsentText:
    """A language without a wording is shown in English."""
    shown_in = language if (version, language) in _TEXTS else "en"
    texts = _TEXTS[version, shown_in]
    sentences = tuple(texts[one].format(practice=practice, phone=phone) for one in Statement)
    return ConsentText(version, shown_in, sentences)
