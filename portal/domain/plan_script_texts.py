"""What staff say around the terms of a plan that they read out, word for word, in versions.

The terms between are those of plan_agreement_texts. The wording is an example for counsel to
confirm.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

CURRENT_VERSION: Final = 1

_TEXTS: Final[Mapping[tuple[str, int, str], str]] = {
    ("opening", 1, "en"): (
        "I will now read you the terms of your payment plan, word for word. Please stop me at any "
        "time if you have a question."
    ),
    ("opening", 1, "es"): (
        "Ahora le voy a leer las condiciones de su plan de pagos, palabra por palabra. Puede "
        "interrumpirme en cualquier momento si tiene una pregunta."
    ),
    ("copy", 1, "en"): (
        "I write down today that you agreed. You get a copy of all of this, and you do not have "
        "to agree."
    ),
    ("copy", 1, "es"): (
        "Hoy anoto que usted aceptó. Usted recibe una copia de todo esto, y no está obligado a "
        "aceptar."
    ),
    ("question", 1, "en"): "Do you agree to this plan as I read it to you? Please say yes or no.",
    ("question", 1, "es"): ("¿Acepta usted este plan tal como se lo leí? Por favor diga sí o no."),
}


@dataclass(frozen=True, slots=True)
class SpokenScript:
    """What is said before the terms, and after them; the last sentence is the question."""

    version: int
    before: tuple[str, ...]
    after: tuple[str, ...]


def spoken_script(*, language: str) -> SpokenScript:
    """Today's wording. A language we have no wording in is read in English."""
    version = CURRENT_VERSION
    read_in = language if ("opening", version, language) in _TEXTS else "en"
    return SpokenScript(
        version=version,
        before=(_TEXTS["opening", version, read_in],),
        after=(_TEXTS["copy", version, read_in], _TEXTS["question", version, read_in]),
    )
