"""The sentences and labels of an explanation, in English and Spanish; not when each is said.

Braces hold what `say` is given: amounts, days and names, already as text.
"""

from collections.abc import Mapping
from enum import StrEnum, auto
from typing import NamedTuple


class Say(StrEnum):
    """One sentence or label. Not stored: a page is put into words when it is shown."""

    # How a bill became what is owed.
    BILLED_ONE_VISIT = auto()
    BILLED_VISITS = auto()
    TOOK_OFF = auto()
    PLAN_PAID = auto()
    PLANS_PAID = auto()
    WITH_INSURANCE = auto()
    YOU_PAID = auto()
    ON_PAYMENT_PLAN = auto()
    IS_PLACED = auto()
    THAT_LEAVES = auto()
    # Rows.
    ROW_BILLED = auto()
    ROW_BILLED_ONE = auto()
    ROW_BILLED_MANY = auto()
    ROW_PLAN_PAID = auto()
    ROW_PLANS_PAID = auto()
    ROW_PLAN_TOOK_BACK = auto()
    ROW_WITH_INSURANCE = auto()
    ROW_YOU_PAID = auto()
    ROW_ON_PAYMENT_PLAN = auto()
    ROW_PLACED = auto()
    ROW_CONTRACTUAL = auto()
    ROW_BUNDLED = auto()
    ROW_CAPITATION = auto()
    ROW_SEQUESTRATION = auto()
    ROW_INCENTIVE = auto()
    ROW_WE_TOOK_OFF = auto()
    ROW_TAKEN_OFF = auto()
    # A line.
    IT_IS = auto()
    ALREADY_PAID = auto()
    PAYMENT_PLAN_COVERS = auto()
    PAYMENT_PLAN_COVERS_PART = auto()
    WE_TOOK_OFF = auto()
    WAS_OPEN = auto()
    IS_THEIR_CHOICE = auto()
    IS_KEPT_PRIVATE = auto()
    IS_PAID_UNSEEN = auto()
    IS_NOT_THEIRS = auto()
    ONLY_ITS_SUMS = auto()
    ONLY_ITS_MONTH = auto()
    PART_2 = auto()
    PART_2_MEANS = auto()
    PRICE = auto()
    NO_INSURANCE = auto()
    OWE_NOTHING = auto()
    OWE_NOTHING_NOW = auto()
    NOT_YOURS = auto()
    PLAN_REFUSED = auto()
    ASKING_AGAIN = auto()
    STILL_DECIDING = auto()
    PLAN_PAID_ALL = auto()
    ALL_TAKEN_OFF = auto()
    IS_BUNDLED = auto()
    IS_CAPITATED = auto()
    WAS_GIVEN_UP = auto()
    LETTER = auto()
    LETTER_OF_PLAN = auto()
    SERVICE_CODE = auto()
    # A visit.
    SEVERAL_PLANS = auto()
    FIRST_PLAN = auto()
    NEXT_PLAN = auto()
    LAST_PLAN = auto()
    PLAN_CHANGED = auto()
    BEFORE_AND_NOW = auto()
    PAID_BEFORE_AND_NOW = auto()
    TOOK_BACK = auto()
    SHARE_FELL = auto()
    SHARE_ROSE = auto()
    ASK_WHY = auto()
    FREED_CREDIT = auto()
    FREED_BY_CHANGE = auto()
    FREED_ASK = auto()
    # A visit that asks for nothing yet: what is so, what it means, what to do.
    YOUR_INSURANCE = auto()
    PENDING_DECIDING = auto()
    PENDING_DECIDING_MEANS = auto()
    PENDING_NEXT_PLAN_MEANS = auto()
    PENDING_DECIDING_AGAIN = auto()
    PENDING_DECIDING_AGAIN_MEANS = auto()
    PENDING_REFUSED = auto()
    PENDING_REFUSED_MEANS = auto()
    PENDING_ANSWER_NEEDED = auto()
    PENDING_ANSWER_NEEDED_MEANS = auto()
    PENDING_PROTECTED = auto()
    PENDING_PROTECTED_MEANS = auto()
    PENDING_CHECKING = auto()
    PENDING_CHECKING_MEANS = auto()
    PENDING_DISPUTED = auto()
    PENDING_DISPUTED_MEANS = auto()
    PENDING_NOT_SHOWN = auto()
    # Its journey.
    STEP_SENT = auto()
    STEP_SENT_AGAIN = auto()
    STEP_RECEIVED = auto()
    STEP_DECIDED = auto()
    STEP_PASSED_ON = auto()
    STEP_TAKEN_BACK = auto()
    STEP_CHANGED = auto()
    STEP_YOUR_SHARE = auto()
    STEP_DECIDING = auto()
    STEP_DECIDING_AGAIN = auto()
    STEP_REFUSED = auto()
    STEP_ANSWER_NEEDED = auto()
    STEP_PROTECTED = auto()
    STEP_CHECKING = auto()
    STEP_DISPUTED = auto()
    STEP_NOT_SHOWN = auto()


class _Words(NamedTuple):
    en: str
    es: str


def say(what: Say, language: str, **values: str) -> str:
    """The words with the values in them. Raises KeyError when one is missing."""
    words = _WORDS[what]
    return (words.es if language == "es" else words.en).format(**values)


def say_of_payer(what: Say, language: str, payer_name: str) -> str:
    """The words with the payer in them; one whose name nobody told is "your insurance"."""
    if payer_name:
        return say(what, language, payer=payer_name)
    said = say(what, language, payer=say(Say.YOUR_INSURANCE, language))
    return said[:1].upper() + said[1:]


_WORDS: Mapping[Say, _Words] = {
    Say.BILLED_ONE_VISIT: _Words(
        "One visit was billed at {amount}.", "Una visita se facturó en {amount}."
    ),
    Say.BILLED_VISITS: _Words(
        "{count} visits were billed at {amount}.", "{count} visitas se facturaron en {amount}."
    ),
    Say.TOOK_OFF: _Words(
        "Agreed prices took off {amount}.", "Los precios acordados quitaron {amount}."
    ),
    Say.PLAN_PAID: _Words("{payer} paid {amount}.", "{payer} pagó {amount}."),
    Say.PLANS_PAID: _Words("Your insurance paid {amount}.", "Su seguro pagó {amount}."),
    Say.WITH_INSURANCE: _Words(
        "{amount} is still with insurance.", "{amount} sigue con el seguro."
    ),
    Say.YOU_PAID: _Words("You already paid {amount}.", "Usted ya pagó {amount}."),
    Say.ON_PAYMENT_PLAN: _Words(
        "Your payment plan covers {amount}.", "Su plan de pagos cubre {amount}."
    ),
    Say.IS_PLACED: _Words(
        "A collection agency asks for {amount}.", "Una agencia de cobros pide {amount}."
    ),
    Say.THAT_LEAVES: _Words("That leaves {amount}.", "Quedan {amount}."),
    Say.ROW_BILLED: _Words("Billed", "Facturado"),
    Say.ROW_BILLED_ONE: _Words("Billed for one visit", "Facturado por una visita"),
    Say.ROW_BILLED_MANY: _Words("Billed for {count} visits", "Facturado por {count} visitas"),
    Say.ROW_PLAN_PAID: _Words("{payer} paid", "{payer} pagó"),
    Say.ROW_PLANS_PAID: _Words("Your insurance paid", "Su seguro pagó"),
    Say.ROW_PLAN_TOOK_BACK: _Words("{payer} took back", "{payer} retiró"),
    Say.ROW_WITH_INSURANCE: _Words("Still with insurance", "Aún con el seguro"),
    Say.ROW_YOU_PAID: _Words("You already paid", "Usted ya pagó"),
    Say.ROW_ON_PAYMENT_PLAN: _Words("On your payment plan", "En su plan de pagos"),
    Say.ROW_PLACED: _Words("With a collection agency", "Con una agencia de cobros"),
    Say.ROW_CONTRACTUAL: _Words("Agreed price took off", "Descuento por precio acordado"),
    Say.ROW_BUNDLED: _Words("Part of other care", "Parte de otra atención"),
    Say.ROW_CAPITATION: _Words(
        "Your insurance pays us another way", "Su seguro nos paga de otro modo"
    ),
    Say.ROW_SEQUESTRATION: _Words("Federal cut, not yours", "Recorte federal, no es suyo"),
    Say.ROW_INCENTIVE: _Words("Between us and your insurance", "Entre su seguro y nosotros"),
    Say.ROW_WE_TOOK_OFF: _Words("We took off", "Nosotros quitamos"),
    Say.ROW_TAKEN_OFF: _Words("Taken off", "Descontado"),
    Say.IT_IS: _Words("It is {amount}.", "Es de {amount}."),
    Say.ALREADY_PAID: _Words("You already paid {amount} of it.", "De eso usted ya pagó {amount}."),
    Say.PAYMENT_PLAN_COVERS: _Words(
        "Your payment plan covers this. Nothing of it is asked for here.",
        "Su plan de pagos cubre esto. Aquí no se le pide nada de ello.",
    ),
    Say.PAYMENT_PLAN_COVERS_PART: _Words(
        "Your payment plan covers {amount} of it. Only the rest is asked for here.",
        "Su plan de pagos cubre {amount} de esto. Aquí solo se le pide el resto.",
    ),
    Say.WE_TOOK_OFF: _Words(
        "We took {amount} off your share.", "Le quitamos {amount} de su parte."
    ),
    Say.WAS_OPEN: _Words(
        "This was left to pay for this visit.", "Esto quedaba por pagar de esta visita."
    ),
    Say.IS_THEIR_CHOICE: _Words(
        "{patient} chooses who sees what this visit was for.",
        "{patient} decide quién ve para qué fue esta visita.",
    ),
    Say.IS_KEPT_PRIVATE: _Words(
        "What this visit was for is kept private.",
        "Para qué fue esta visita queda en privado.",
    ),
    Say.IS_PAID_UNSEEN: _Words(
        "You can pay this visit. What it was for is not shown to you.",
        "Usted puede pagar esta visita. No se le muestra para qué fue.",
    ),
    Say.IS_NOT_THEIRS: _Words(
        "This visit is for somebody else on this bill.",
        "Esta visita es de otra persona de esta factura.",
    ),
    Say.ONLY_ITS_SUMS: _Words(
        "You see all that it costs, and it adds up as on every bill.",
        "Usted ve todo lo que cuesta, y la suma es la de siempre.",
    ),
    Say.ONLY_ITS_MONTH: _Words(
        "You see its month, and later what it costs.",
        "Usted ve el mes, y más adelante lo que cuesta.",
    ),
    Say.PART_2: _Words(
        "42 CFR part 2 prohibits unauthorized use or disclosure of these records.",
        "La norma 42 CFR, parte 2, prohíbe usar o revelar estos datos sin permiso.",
    ),
    Say.PART_2_MEANS: _Words(
        "Only you see what this visit was for.", "Solo usted ve para qué fue esta visita."
    ),
    Say.PRICE: _Words("This is the price of this service.", "Este es el precio de este servicio."),
    Say.NO_INSURANCE: _Words(
        "We have no insurance for this visit. If you had insurance on that day, call us.",
        "No tenemos un seguro para esta visita. Si usted tenía seguro ese día, llámenos.",
    ),
    Say.OWE_NOTHING: _Words("You owe nothing for this.", "Usted no debe nada por esto."),
    Say.OWE_NOTHING_NOW: _Words(
        "You owe nothing for this now.", "Por ahora no debe nada por esto."
    ),
    Say.NOT_YOURS: _Words(
        "You do not owe the {amount} that is still with insurance.",
        "Usted no debe los {amount} que siguen con el seguro.",
    ),
    Say.PLAN_REFUSED: _Words("{payer} did not pay.", "{payer} no pagó."),
    Say.ASKING_AGAIN: _Words(
        "We are asking your insurance again.", "Estamos preguntando otra vez a su seguro."
    ),
    Say.STILL_DECIDING: _Words("Your insurance is still deciding.", "Su seguro aún decide."),
    Say.PLAN_PAID_ALL: _Words(
        "Your insurance paid what was left.", "Su seguro pagó lo que quedaba."
    ),
    Say.ALL_TAKEN_OFF: _Words(
        "Nothing is left once the agreed price is taken off.",
        "No queda nada después de quitar el descuento.",
    ),
    Say.IS_BUNDLED: _Words(
        "Your insurance counts it as part of another service, so we may not bill you for it.",
        "Su seguro lo cuenta como parte de otro servicio, y no podemos cobrárselo.",
    ),
    Say.IS_CAPITATED: _Words(
        "Your insurance pays us for it in another way.", "Su seguro nos lo paga de otro modo."
    ),
    Say.WAS_GIVEN_UP: _Words(
        "Your insurance did not pay, and we do not ask you for it.",
        "Su seguro no pagó, y no se lo cobramos a usted.",
    ),
    Say.LETTER: _Words(
        "In your insurance’s letter: {codes}.", "En la carta de su seguro: {codes}."
    ),
    Say.LETTER_OF_PLAN: _Words(
        "In the letter of {payer}: {codes}.", "En la carta de {payer}: {codes}."
    ),
    Say.SERVICE_CODE: _Words("Service code: {code}.", "Código del servicio: {code}."),
    Say.SEVERAL_PLANS: _Words(
        "More than one insurance paid its part of this visit.",
        "Más de un seguro pagó su parte de esta visita.",
    ),
    Say.FIRST_PLAN: _Words(
        "{payer} went first{when}. It paid {paid} and left {left}.",
        "{payer} decidió primero{when}. Pagó {paid} y dejó {left}.",
    ),
    Say.NEXT_PLAN: _Words(
        "{payer} went next{when}. It paid {paid} and left {left}.",
        "{payer} decidió después{when}. Pagó {paid} y dejó {left}.",
    ),
    Say.LAST_PLAN: _Words(
        "{payer} went next{when}. It paid {paid} and left {left} to you.",
        "{payer} decidió después{when}. Pagó {paid} y le dejó a usted {left}.",
    ),
    Say.PLAN_CHANGED: _Words(
        "{payer} changed its decision on {day}.", "{payer} cambió su decisión el {day}."
    ),
    Say.BEFORE_AND_NOW: _Words(
        "Before: it paid {paid_before}, and your share was {share_before}. "
        "Now: it pays {paid_now}, and your share is {share_now}.",
        "Antes: pagó {paid_before} y su parte era de {share_before}. "
        "Ahora: paga {paid_now} y su parte es de {share_now}.",
    ),
    Say.PAID_BEFORE_AND_NOW: _Words(
        "Before: it paid {paid_before}. Now: it pays {paid_now}.",
        "Antes: pagó {paid_before}. Ahora: paga {paid_now}.",
    ),
    Say.TOOK_BACK: _Words("It took {amount} back from us.", "Nos retiró {amount}."),
    Say.SHARE_FELL: _Words("Your share is {amount} less.", "Su parte baja {amount}."),
    Say.SHARE_ROSE: _Words("Your share is {amount} more.", "Su parte sube {amount}."),
    Say.ASK_WHY: _Words(
        "Do you want to know why? Call the number on your insurance card.",
        "¿Quiere saber por qué? Llame al número de la tarjeta de su seguro.",
    ),
    Say.FREED_CREDIT: _Words(
        "You have a credit of {amount} from this visit.",
        "Usted tiene un saldo a favor de {amount} por esta visita.",
    ),
    Say.FREED_BY_CHANGE: _Words(
        "You paid more than your share is now. The rest is yours.",
        "Usted pagó más de lo que es su parte ahora. El resto es suyo.",
    ),
    Say.FREED_ASK: _Words(
        "Call us. We can send it back to you, or use it for this bill.",
        "Llámenos. Podemos devolvérselo o usarlo para esta factura.",
    ),
    Say.YOUR_INSURANCE: _Words("your insurance", "su seguro"),
    Say.PENDING_DECIDING: _Words("{payer} is still deciding.", "{payer} aún decide."),
    Say.PENDING_DECIDING_MEANS: _Words(
        "You owe nothing for this visit now. We tell you when your insurance has decided.",
        "Por ahora no debe nada por esta visita. Le avisamos cuando su seguro decida.",
    ),
    Say.PENDING_NEXT_PLAN_MEANS: _Words(
        "One insurance has decided. The next one now looks at what is left. "
        "You owe nothing for this visit until then.",
        "Un seguro ya decidió. Ahora el otro mira lo que queda. "
        "Hasta entonces no debe nada por esta visita.",
    ),
    Say.PENDING_DECIDING_AGAIN: _Words("{payer} is deciding again.", "{payer} decide otra vez."),
    Say.PENDING_DECIDING_AGAIN_MEANS: _Words(
        "It is looking at this visit once more. You owe nothing for it until it has decided. "
        "What you have paid is safe.",
        "Está mirando esta visita una vez más. No debe nada por ella hasta que decida. "
        "Lo que usted pagó está seguro.",
    ),
    Say.PENDING_REFUSED: _Words(
        "{payer} has not paid for this visit.", "{payer} no ha pagado esta visita."
    ),
    Say.PENDING_REFUSED_MEANS: _Words(
        "You owe nothing for it now. We are asking your insurance again.",
        "Por ahora no debe nada por ella. Estamos preguntando otra vez a su seguro.",
    ),
    Say.PENDING_ANSWER_NEEDED: _Words(
        "{payer} needs an answer from you.", "{payer} necesita una respuesta de usted."
    ),
    Say.PENDING_ANSWER_NEEDED_MEANS: _Words(
        "You owe nothing for this visit now. Your insurance can decide when it has your answer.",
        "Por ahora no debe nada por esta visita. Su seguro decide cuando tenga su respuesta.",
    ),
    Say.PENDING_PROTECTED: _Words(
        "You owe nothing for this visit.", "Usted no debe nada por esta visita."
    ),
    Say.PENDING_PROTECTED_MEANS: _Words(
        "The law protects you, so we may not ask you for a share.",
        "La ley le protege, y no podemos cobrarle una parte.",
    ),
    Say.PENDING_CHECKING: _Words(
        "We are checking your insurance’s answer.", "Estamos revisando la respuesta de su seguro."
    ),
    Say.PENDING_DISPUTED: _Words("We are looking at this visit.", "Estamos revisando esta visita."),
    Say.PENDING_DISPUTED_MEANS: _Words(
        "Please do not pay for it until we are done.",
        "Por favor, no la pague hasta que terminemos.",
    ),
    Say.PENDING_NOT_SHOWN: _Words(
        "What you owe for this visit is not known yet.",
        "Todavía no se sabe qué debe usted por esta visita.",
    ),
    Say.PENDING_CHECKING_MEANS: _Words(
        "You owe nothing for this visit now. We tell you when we know more.",
        "Por ahora no debe nada por esta visita. Le avisamos cuando sepamos más.",
    ),
    Say.STEP_SENT: _Words("We sent the bill to {payer}", "Enviamos la factura a {payer}"),
    Say.STEP_SENT_AGAIN: _Words("We sent it to {payer} again", "La enviamos otra vez a {payer}"),
    Say.STEP_RECEIVED: _Words("{payer} got the bill", "{payer} recibió la factura"),
    Say.STEP_DECIDED: _Words("{payer} decided", "{payer} decidió"),
    Say.STEP_PASSED_ON: _Words(
        "{payer} decided and passed it on", "{payer} decidió y la pasó al otro seguro"
    ),
    Say.STEP_TAKEN_BACK: _Words("{payer} took its decision back", "{payer} retiró su decisión"),
    Say.STEP_CHANGED: _Words("{payer} changed its decision", "{payer} cambió su decisión"),
    Say.STEP_YOUR_SHARE: _Words("Your share", "Su parte"),
    Say.STEP_DECIDING: _Words("{payer} is deciding", "{payer} decide"),
    Say.STEP_DECIDING_AGAIN: _Words("{payer} is deciding again", "{payer} decide otra vez"),
    Say.STEP_REFUSED: _Words("We are asking {payer} again", "Preguntamos otra vez a {payer}"),
    Say.STEP_ANSWER_NEEDED: _Words("{payer} waits for you", "{payer} espera su respuesta"),
    Say.STEP_PROTECTED: _Words("You owe nothing", "Usted no debe nada"),
    Say.STEP_CHECKING: _Words("We are checking the answer", "Revisamos la respuesta"),
    Say.STEP_DISPUTED: _Words("We are looking at it", "Lo estamos revisando"),
    Say.STEP_NOT_SHOWN: _Words("Not decided yet", "Todavía sin decidir"),
}
