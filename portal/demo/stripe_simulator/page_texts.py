"""The words of the hosted page, in English and Spanish."""

from typing import Final

Texts = dict[str, str]

_ENGLISH: Final[Texts] = {
    "language": "en",
    "mark": "Test mode",
    "mark_says": "This is a simulated Stripe. No real money moves. Use test cards only.",
    "back": "Back",
    "pay": "Pay {amount}",
    "total": "Total due",
    "card_details": "Card details",
    "number": "Card number",
    "expiry": "Expiration date",
    "expiry_hint": "Such as 12 / 34",
    "cvc": "Security code",
    "cvc_hint": "3 or 4 digits on the card",
    "name": "Name on card",
    "problem": "There is a problem",
    "error_title": "Error: ",
    "number_wrong": "Enter the number as it stands on the card",
    "expiry_wrong": "Enter an expiration date that has not passed, such as 12 / 34",
    "cvc_wrong": "Enter the 3 or 4 digits of the security code",
    "name_wrong": "Enter the name on the card",
    "test_cards": "Test cards to try",
    "test_cards_hint": "Any future date, any 3 digits (4 for American Express), any name.",
    "case_ok": "Pays",
    "case_declined": "Declined",
    "case_funds": "Declined: not enough money",
    "case_lost": "Declined: reported lost",
    "case_expired": "Declined: expired",
    "case_cvc": "Declined: wrong security code",
    "case_error": "Declined: processing error",
    "case_bank": "Asks your bank first",
    "bank_title": "Your bank wants to know it is you",
    "bank_says": "Card ending in {last4}, {amount}. A real bank would now ask for a code.",
    "bank_yes": "Yes, it is me",
    "bank_no": "No, stop this payment",
    "expired_title": "This payment page has expired",
    "expired_says": "Nothing was charged. Go back to start again.",
    "paid_title": "This was already paid",
    "paid_says": "You do not need to pay again.",
    "unknown_title": "There is no such payment page",
    "unknown_says": "Check the address, or go back to where you came from.",
    "generic_decline": "Your card was declined. Try another card, or call your bank.",
    "insufficient_funds": "Your card was declined: not enough money. Try another card.",
    "lost_card": "Your card was declined. Try another card.",
    "stolen_card": "Your card was declined. Try another card.",
    "expired_card": "Your card has expired. Try another card.",
    "incorrect_cvc": "The security code is not right. Check it and try again.",
    "processing_error": "Something went wrong with your card. Try again in a few minutes.",
    "test_mode_live_card": "This is a simulation, and only test cards work. Choose one below.",
    "payment_intent_authentication_failure": (
        "Your bank could not confirm the payment. Nothing was charged. Try again or use another"
        " card."
    ),
}

_SPANISH: Final[Texts] = {
    "language": "es",
    "mark": "Modo de prueba",
    "mark_says": "Es un Stripe simulado. No se mueve dinero real. Use solo tarjetas de prueba.",
    "back": "Volver",
    "pay": "Pagar {amount}",
    "total": "Total a pagar",
    "card_details": "Datos de la tarjeta",
    "number": "Número de tarjeta",
    "expiry": "Fecha de vencimiento",
    "expiry_hint": "Por ejemplo 12 / 34",
    "cvc": "Código de seguridad",
    "cvc_hint": "3 o 4 dígitos de la tarjeta",
    "name": "Nombre en la tarjeta",
    "problem": "Hay un problema",
    "error_title": "Error: ",
    "number_wrong": "Escriba el número tal como está en la tarjeta",
    "expiry_wrong": "Escriba una fecha que no haya pasado, por ejemplo 12 / 34",
    "cvc_wrong": "Escriba los 3 o 4 dígitos del código de seguridad",
    "name_wrong": "Escriba el nombre que está en la tarjeta",
    "test_cards": "Tarjetas de prueba",
    "test_cards_hint": (
        "Cualquier fecha futura, cualquier código de 3 dígitos (4 para American Express),"
        " cualquier nombre."
    ),
    "case_ok": "Paga",
    "case_declined": "Rechazada",
    "case_funds": "Rechazada: fondos insuficientes",
    "case_lost": "Rechazada: tarjeta perdida",
    "case_expired": "Rechazada: vencida",
    "case_cvc": "Rechazada: código incorrecto",
    "case_error": "Rechazada: error de proceso",
    "case_bank": "Pregunta primero a su banco",
    "bank_title": "Su banco quiere saber que es usted",
    "bank_says": (
        "Tarjeta terminada en {last4}, {amount}. Un banco de verdad le pediría ahora un código."
    ),
    "bank_yes": "Sí, soy yo",
    "bank_no": "No, detener este pago",
    "expired_title": "Esta página de pago ha vencido",
    "expired_says": "No se hizo ningún cargo. Vuelva para empezar de nuevo.",
    "paid_title": "Esto ya está pagado",
    "paid_says": "No hace falta pagar otra vez.",
    "unknown_title": "Esta página de pago no existe",
    "unknown_says": "Revise la dirección o vuelva al lugar de donde vino.",
    "generic_decline": "Su tarjeta fue rechazada. Pruebe otra tarjeta o llame a su banco.",
    "insufficient_funds": "Su tarjeta fue rechazada: fondos insuficientes. Pruebe otra tarjeta.",
    "lost_card": "Su tarjeta fue rechazada. Pruebe otra tarjeta.",
    "stolen_card": "Su tarjeta fue rechazada. Pruebe otra tarjeta.",
    "expired_card": "Su tarjeta ha vencido. Pruebe otra tarjeta.",
    "incorrect_cvc": "El código de seguridad no es correcto. Revíselo e intente de nuevo.",
    "processing_error": "Algo falló con su tarjeta. Intente de nuevo en unos minutos.",
    "test_mode_live_card": "Es una simulación: solo sirven las tarjetas de prueba de abajo.",
    "payment_intent_authentication_failure": (
        "Su banco no pudo confirmar el pago. No se hizo ningún cargo. Intente de nuevo o use otra"
        " tarjeta."
    ),
}

TEST_CARDS: Final = (
    ("4242 4242 4242 4242", "case_ok"),
    ("4000 0000 0000 0002", "case_declined"),
    ("4000 0000 0000 9995", "case_funds"),
    ("4000 0000 0000 9987", "case_lost"),
    ("4000 0000 0000 0069", "case_expired"),
    ("4000 0000 0000 0127", "case_cvc"),
    ("4000 0000 0000 0119", "case_error"),
    ("4000 0025 0000 3155", "case_bank"),
    ("4000 0027 6000 3184", "case_bank"),
)


def texts_for(locale: str | None, *, accepted: str | None) -> Texts:
    """By the session's locale; one that is missing or "auto" leaves it to the browser."""
    wanted = accepted if locale in {None, "auto"} else locale
    return _SPANISH if (wanted or "").lower().startswith("es") else _ENGLISH
