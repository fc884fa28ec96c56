"""What a payer moved outside any claim (X12 835 PLB03-1), in a few words for posters."""

from collections.abc import Mapping
from typing import Final

_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "50": ("Cut for filing late", "Recorte por presentar tarde"),
    "51": ("Interest held back as a penalty", "Interés retenido como sanción"),
    "72": ("Return that was agreed", "Devolución acordada"),
    "90": ("For paying early", "Por pagar antes"),
    "AH": ("Fee for a loan", "Cargo por un préstamo"),
    "AM": ("Put to a loan", "Abonado a un préstamo"),
    "AP": ("Paid in advance", "Pagado por adelantado"),
    "B2": ("Rebate", "Reembolso"),
    "B3": ("Allowance for recoveries", "Asignación por recuperaciones"),
    "BD": ("Unpaid debts of patients", "Deudas incobrables de pacientes"),
    "BN": ("Bonus", "Bonificación"),
    "C5": ("Allowance for the time being", "Asignación provisional"),
    "CR": ("Interest on payments per member", "Interés sobre pagos por miembro"),
    "CS": ("Correction", "Corrección"),
    "CT": ("Payment per member", "Pago por miembro"),
    "CV": ("Capital costs", "Costos de capital"),
    "CW": ("Nurse anesthetist costs", "Costos de enfermería anestesista"),
    "DM": ("Teaching costs", "Costos de enseñanza"),
    "E3": ("Withheld", "Retenido"),
    "FB": ("Balance carried to another payment", "Saldo pasado a otro pago"),
    "FC": ("Share of a fund", "Parte de un fondo"),
    "GO": ("Training of physicians", "Formación de médicos"),
    "HM": ("Clotting factor", "Factor de coagulación"),
    "IP": ("Incentive", "Incentivo"),
    "IR": ("Withheld for taxes", "Retenido por impuestos"),
    "IS": ("Settlement for the time being", "Liquidación provisional"),
    "J1": ("Not paid back", "No reembolsable"),
    "L3": ("Penalty", "Sanción"),
    "L6": ("Interest for paying late", "Interés por pagar tarde"),
    "LE": ("Taken by order of an authority", "Embargo"),
    "LS": ("Lump sum", "Suma global"),
    "OA": ("Organ transplant costs", "Costos de trasplante"),
    "OB": ("Set off for a related provider", "Compensado con otro proveedor"),
    "PI": ("Payment by period", "Pago periódico"),
    "PL": ("Final payment", "Pago final"),
    "RA": ("Correction of earlier months", "Corrección de meses anteriores"),
    "RE": ("Return on equity", "Rendimiento del capital"),
    "SL": ("Student loan", "Préstamo estudiantil"),
    "TL": ("Another party is liable", "Otra parte es responsable"),
    "WO": ("An overpayment taken back", "Pago de más que se recupera"),
    "WU": ("Taken back, no reason told", "Recuperado sin decir por qué"),
}
_OTHER: Final = ("Another adjustment", "Otro ajuste")


def provider_adjustment_words(reason: str, language: str) -> str:
    """In Spanish for ``es``, else in English; a code we do not know is another adjustment."""
    english, spanish = _WORDS.get(reason, _OTHER)
    return spanish if language == "es" else english
