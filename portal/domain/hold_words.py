"""What staff read beside a hold, in their language: English as in ``hold_kinds``, Spanish here."""

from collections.abc import Mapping
from dataclasses import dataclass

from portal.domain.hold_kinds import HOLDS, HoldKind


@dataclass(frozen=True, slots=True)
class HoldWords:
    """Why a claim is kept off statements, and what ends that."""

    means: str
    ends_with: str


def hold_words(kind: HoldKind, language: str) -> HoldWords:
    """In Spanish for ``es``, else in English."""
    if language == "es":
        return IN_SPANISH[kind]
    return HoldWords(HOLDS[kind].means, HOLDS[kind].ends_with)


IN_SPANISH: Mapping[HoldKind, HoldWords] = {
    HoldKind.PATIENT_UNKNOWN: HoldWords(
        "Este reclamo no está unido a ningún paciente del consultorio.",
        "Unir el reclamo a un paciente.",
    ),
    HoldKind.STAFF: HoldWords(
        "Una persona del consultorio puso esta espera.", "La persona que la quite."
    ),
    HoldKind.DISPUTED: HoldWords(
        "La persona que paga nos dijo que algo está mal en esta visita: hay un caso abierto.",
        "Cerrar el caso.",
    ),
    HoldKind.ADJUSTMENT_PUT_BACK: HoldWords(
        "El consultorio había perdonado una parte, y una decisión posterior del seguro no dejó "
        "lugar para ello.",
        "Una persona de contabilidad, cuando el sistema del consultorio envíe el ajuste otra vez "
        "o renuncie a él.",
    ),
    HoldKind.CROSSOVER: HoldWords(
        "El seguro pasó el reclamo a otro seguro (CLP02 19, 20, 21 o 23; NM1*TT; MA18, MA07, N89).",
        "La decisión del seguro siguiente.",
    ),
    HoldKind.LATER_COVERAGE: HoldWords(
        "El paciente tiene otra cobertura para ese día, que todavía no ha decidido.",
        "La decisión de ese seguro; después de 45 días está en la lista del personal.",
    ),
    HoldKind.FIRST_PAYER_NOT_SEEN: HoldWords(
        "Decidió un seguro posterior, y no tenemos la decisión de uno anterior.",
        "La remesa del seguro anterior.",
    ),
    HoldKind.EARLIER_PLAN_CHANGED: HoldWords(
        "Un seguro anterior cambió su decisión después de que otro se basó en ella.",
        "Una nueva decisión del seguro posterior.",
    ),
    HoldKind.AWAITING_CORRECTION: HoldWords(
        "El seguro retiró su decisión (CLP02 22) y no ha enviado la corregida.",
        "La decisión corregida del mismo seguro.",
    ),
    HoldKind.DECIDED_AGAIN: HoldWords(
        "El seguro decidió el reclamo por segunda vez, de otra manera, sin retirar la primera.",
        "Que se retire una de las dos, o que una persona de contabilidad diga cuál vale.",
    ),
    HoldKind.SAME_RANK_TWICE: HoldWords(
        "Dos seguros decidieron como si a los dos les tocara el mismo turno.",
        "La decisión corregida de uno de ellos, o una persona de contabilidad.",
    ),
    HoldKind.POSSIBLY_ONE_CLAIM: HoldWords(
        "Otro seguro decidió con el mismo número de reclamo y el mismo día, pero la persona o las "
        "líneas no coinciden: su decisión está como un reclamo aparte, y puede ser de este.",
        "Juntar los dos reclamos, o unir el otro al mismo paciente; o una persona de contabilidad "
        "que sepa que son dos.",
    ),
    HoldKind.SECONDARY_DENIED: HoldWords(
        "Un seguro posterior negó el reclamo sin dejarlo como parte del paciente.",
        "Una nueva decisión después de volver a facturar o de apelar.",
    ),
    HoldKind.UNDER_REVIEW: HoldWords(
        "El seguro dice que todavía revisa una línea (CARC 133).",
        "La anulación y la corrección que siguen a la revisión.",
    ),
    HoldKind.OTHER_INSURANCE: HoldWords(
        "El seguro cree que otro seguro va primero (CARC 22).",
        "La decisión de otro seguro, o la respuesta del paciente.",
    ),
    HoldKind.WRONG_PAYER: HoldWords(
        "El reclamo le toca a otro seguro (CARC 109, B11), como un hospicio (B9).",
        "La decisión de otro seguro.",
    ),
    HoldKind.OTHER_LIABILITY: HoldWords(
        "El seguro ve un accidente de trabajo, otro accidente o un caso de responsabilidad civil "
        "(CARC 19, 20, 21).",
        "La respuesta del paciente.",
    ),
    HoldKind.PATIENT_NOT_RECOGNIZED: HoldWords(
        "El seguro no encuentra al paciente (CARC 31, 140).",
        "Una decisión después de revisar la tarjeta del seguro.",
    ),
    HoldKind.PATIENT_INFORMATION: HoldWords(
        "El seguro espera una respuesta del paciente (CARC 227, N179).",
        "Una nueva decisión; al paciente se le dice qué le preguntan, no que pague.",
    ),
    HoldKind.SEND_AGAIN: HoldWords(
        "El seguro deja una parte al paciente y, aun así, pide que se le envíe otra vez el reclamo "
        "(CARC 239, MA130).",
        "La decisión sobre el reclamo enviado otra vez, o una persona de contabilidad que sepa que "
        "queda como está.",
    ),
    HoldKind.STATUS_UNKNOWN: HoldWords(
        "La situación del reclamo (CLP02) no es una que un seguro pueda dar en su decisión final.",
        "Una nueva decisión, o una persona de contabilidad que sepa qué quiere decir el seguro.",
    ),
    HoldKind.RESPONSIBILITY_DIFFERS: HoldWords(
        "La parte del paciente que da el seguro (CLP05) no es la suma de sus ajustes PR.",
        "Una decisión corregida, o una persona de contabilidad que confirme los ajustes.",
    ),
    HoldKind.NEGATIVE_RESPONSIBILITY: HoldWords(
        "Un ajuste PR menor que cero deja poco clara la parte del paciente.",
        "Una decisión corregida, o una persona de contabilidad.",
    ),
    HoldKind.NEGATIVE_PAYMENT: HoldWords(
        "El seguro pagó menos que nada sin anular una decisión (CLP02 22).",
        "Una decisión corregida, o una persona de contabilidad.",
    ),
    HoldKind.CHARGE_DIFFERS: HoldWords(
        "El seguro decidió sobre un cargo menor que el registrado.",
        "Una decisión sobre todo el reclamo, o una persona de contabilidad.",
    ),
    HoldKind.GROUP_UNKNOWN: HoldWords(
        "Un ajuste tiene un código de grupo que no dice quién debe.",
        "Una decisión corregida, o una persona de contabilidad; la cantidad nunca llega al "
        "paciente.",
    ),
    HoldKind.FIGURES_ACCEPTED: HoldWords(
        "La decisión se registró a mano aunque sus cantidades no cuadran.",
        "Una decisión corregida, o un gerente que conozca la parte del paciente.",
    ),
    HoldKind.QUALIFIED_MEDICARE_BENEFICIARY: HoldWords(
        "El paciente está protegido del costo compartido (N781-N783, N192, CARC 209, 303): "
        "42 USC 1396a(n)(3)(B).",
        "Nada: esa parte es de los seguros y nunca se cobra.",
    ),
    HoldKind.MEDICAID: HoldWords(
        "Interviene Medicaid, y la parte tiene razones que no son 3, 66 ni 142.",
        "Una decisión que deje solo esas razones, o la gerencia.",
    ),
    HoldKind.SAID_NOT_OWED: HoldWords(
        "El plan dice que el paciente no debe pagar (M27, M39, N172, N364, N563, N833, N842, N905) "
        "y, aun así, le deja una parte.",
        "Una decisión corregida, o quien registra pagos después de preguntar al plan.",
    ),
    HoldKind.NO_SURPRISES: HoldWords(
        "Se aplica la Ley de No Sorpresas (N830, N859-N879), y la parte no es solo deducible, "
        "coseguro o copago, o el aviso y el consentimiento están en duda (N876, N878).",
        "Una decisión corregida, o la gerencia.",
    ),
    HoldKind.BALANCE_BILL: HoldWords(
        "La parte incluye lo que el plan llama por encima de su precio (PR-45).",
        "La gerencia, cuando sabe que el saldo se puede cobrar.",
    ),
    HoldKind.SPECIAL_PAYER: HoldWords(
        "Accidente de trabajo, de auto, responsabilidad civil o VA (CLP06 WC, AM, LM, VA): puede "
        "que el paciente no deba nada.",
        "La gerencia.",
    ),
    HoldKind.PAID_TO_PATIENT: HoldWords(
        "El seguro le pagó al paciente y no al consultorio (CARC 100).",
        "Una persona de contabilidad que revise lo que recibió el paciente.",
    ),
    HoldKind.SPENDING_ACCOUNT: HoldWords(
        "El seguro dice que una cuenta del plan del paciente paga una parte (PR-187).",
        "Una persona de contabilidad que revise lo que pagó esa cuenta.",
    ),
    HoldKind.DENIAL_REVIEW: HoldWords(
        "El seguro no pagó nada y le dejó al paciente una parte por razones que no son deducible, "
        "coseguro ni copago (CARC 1, 2, 3): el consultorio la revisa primero.",
        "Una decisión corregida, una persona de contabilidad, o 10 días.",
    ),
    HoldKind.REFUND_DUE: HoldWords(
        "El seguro dice que el paciente pagó de más y se le debe reembolsar en 30 días "
        "(MA59, MA72, CARC A0).",
        "La gerencia, cuando el reembolso esté pagado o se vea que no se debe.",
    ),
}
