"""What is wrong with a line of a CSV file that staff send, in the words of whoever reads it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class LineFault(StrEnum):
    """The sentences are below, with a place for each of the details."""

    TOO_LARGE = "too_large"
    NOT_CSV = "not_csv"
    EMPTY = "empty"
    COLUMNS_MISSING = "columns_missing"
    DATE = "date"
    DEPOSIT_AMOUNT = "deposit_amount"
    PAYER_MISSING = "payer_missing"
    OTHER_PAYER = "other_payer"
    PAYER_UNKNOWN = "payer_unknown"
    CODE = "code"
    MODIFIER = "modifier"
    DATES = "dates"
    ENDS_BEFORE_IT_STARTS = "ends_before_it_starts"
    PRICE = "price"
    DAYS_TAKEN = "days_taken"
    NO_PRICES = "no_prices"


@dataclass(frozen=True, slots=True)
class LineError:
    """What is wrong with one line; 0 is the file as a whole."""

    line_number: int
    fault: LineFault
    details: tuple[str, ...] = ()

    @property
    def message(self) -> str:
        """In English, as commands print it."""
        return self.words("en")

    def words(self, language: str) -> str:
        """In Spanish for ``es``, else in English."""
        sentences = _IN_SPANISH if language == "es" else _IN_ENGLISH
        return sentences[self.fault].format(*self.details)


_IN_ENGLISH: Mapping[LineFault, str] = {
    LineFault.TOO_LARGE: "The file is larger than {}.",
    LineFault.NOT_CSV: "The file is not CSV in plain text (UTF-8). Save it as CSV, and send that.",
    LineFault.EMPTY: "The file is empty.",
    LineFault.COLUMNS_MISSING: "The first line has to name the columns; missing: {}.",
    LineFault.DATE: "The date has to be like 2026-03-31 or 3/31/2026.",
    LineFault.DEPOSIT_AMOUNT: "The amount has to be dollars and cents, like 50.25.",
    LineFault.PAYER_MISSING: "The payer is missing.",
    LineFault.OTHER_PAYER: "The line is of payer {}, the file of {}.",
    LineFault.PAYER_UNKNOWN: (
        "No remittance has named payer {} yet. Known payers: {}. Write the identifier as "
        "remittances have it (N1*PR)."
    ),
    LineFault.CODE: "The procedure code has to be like 99213.",
    LineFault.MODIFIER: "The modifier has to be two letters or digits, like 26, or empty.",
    LineFault.DATES: "The dates have to be like 2026-03-31 or 3/31/2026.",
    LineFault.ENDS_BEFORE_IT_STARTS: "The last day is before the first.",
    LineFault.PRICE: "The amount has to be dollars and cents, like 84.50.",
    LineFault.DAYS_TAKEN: "Another line has a price for some of these days.",
    LineFault.NO_PRICES: "The file has no prices.",
}

_IN_SPANISH: Mapping[LineFault, str] = {
    LineFault.TOO_LARGE: "El archivo pesa más de {}.",
    LineFault.NOT_CSV: (
        "El archivo no es CSV en texto simple (UTF-8). Guárdelo como CSV y envíe ese archivo."
    ),
    LineFault.EMPTY: "El archivo está vacío.",
    LineFault.COLUMNS_MISSING: "La primera línea debe nombrar las columnas; faltan: {}.",
    LineFault.DATE: "La fecha debe ser como 2026-03-31 o 3/31/2026.",
    LineFault.DEPOSIT_AMOUNT: "El monto debe ir en dólares y centavos, como 50.25.",
    LineFault.PAYER_MISSING: "Falta el seguro.",
    LineFault.OTHER_PAYER: "La línea es del seguro {}, y el archivo, de {}.",
    LineFault.PAYER_UNKNOWN: (
        "Ninguna remesa ha nombrado todavía al seguro {}. Seguros conocidos: {}. Escriba el "
        "identificador como está en las remesas (N1*PR)."
    ),
    LineFault.CODE: "El código del servicio debe ser como 99213.",
    LineFault.MODIFIER: (
        "El modificador debe tener dos letras o números, como 26, o quedar vacío."
    ),
    LineFault.DATES: "Las fechas deben ser como 2026-03-31 o 3/31/2026.",
    LineFault.ENDS_BEFORE_IT_STARTS: "El último día es anterior al primero.",
    LineFault.PRICE: "El monto debe ir en dólares y centavos, como 84.50.",
    LineFault.DAYS_TAKEN: "Otra línea ya tiene un precio para algunos de estos días.",
    LineFault.NO_PRICES: "El archivo no tiene precios.",
}
