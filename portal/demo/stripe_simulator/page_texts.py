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
    "bank_says_of_card": "Card ending in {last4}. A real bank would now ask for a code.",
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
    "other_problem": "This did not work. Try another way to pay.",
    "save_heading": "Save a way to pay",
    "save_button": "Save",
    "save_box": "Save for next time",
    "save_notice": "It will be saved, so that {merchant} can charge it later as you agreed.",
    "saved_heading": "Saved before",
    "saved_card": "Use {brand} ending in {last4}",
    "saved_account": "Use the account ending in {last4}",
    "wallets": "Test wallets",
    "apple_pay": "Apple Pay (test)",
    "google_pay": "Google Pay (test)",
    "bank_details": "US bank account",
    "holder": "Name of the account holder",
    "routing": "Routing number",
    "routing_hint": "9 digits; 110000000 is the test bank",
    "account": "Account number",
    "holder_wrong": "Enter the name of the account holder",
    "routing_wrong": "Enter the 9 digits of the routing number",
    "account_wrong": "Enter the account number, 4 to 17 digits",
    "mandate": (
        "By going on you authorize {merchant} to debit this account for the amount above, and later"
        " amounts only as you agreed. A debit takes up to 4 business days."
    ),
    "bank_pay": "Pay {amount} from this account",
    "bank_save": "Save this account",
    "test_accounts": "Test accounts to try",
    "case_returned_funds": "Returned: not enough money",
    "case_returned_closed": "Returned: account closed",
    "case_returned_unauthorized": "Returned: not authorized",
    "case_returned_late": "Pays, then the holder objects",
    "processing_title": "This payment is on its way",
    "processing_says": "The bank takes up to 4 business days. You do not need to pay again.",
    "saved_title": "This was saved",
    "saved_says": "You can close this page.",
    "authentication_required": "Your bank wants you to confirm this payment. Try again here.",
    "charge_exceeds_weekly_limit": "This is more than the account may pay in a week.",
    "payment_method_bank_account_blocked": "This account cannot be debited. Try another one.",
    "setup_intent_authentication_failure": (
        "Your bank could not confirm the card. It was not saved. Try again or use another card."
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
    "bank_says_of_card": (
        "Tarjeta terminada en {last4}. Un banco de verdad le pediría ahora un código."
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
    "other_problem": "No se pudo. Pruebe otra forma de pagar.",
    "save_heading": "Guardar una forma de pago",
    "save_button": "Guardar",
    "save_box": "Guardar para la próxima vez",
    "save_notice": "Se guardará para que {merchant} pueda cobrar después según lo aceptado.",
    "saved_heading": "Guardadas antes",
    "saved_card": "Usar {brand} terminada en {last4}",
    "saved_account": "Usar la cuenta terminada en {last4}",
    "wallets": "Billeteras de prueba",
    "apple_pay": "Apple Pay (prueba)",
    "google_pay": "Google Pay (prueba)",
    "bank_details": "Cuenta bancaria de EE. UU.",
    "holder": "Nombre del titular de la cuenta",
    "routing": "Número de ruta",
    "routing_hint": "9 dígitos; 110000000 es el banco de prueba",
    "account": "Número de cuenta",
    "holder_wrong": "Escriba el nombre del titular de la cuenta",
    "routing_wrong": "Escriba los 9 dígitos del número de ruta",
    "account_wrong": "Escriba el número de cuenta, de 4 a 17 dígitos",
    "mandate": (
        "Al continuar, usted autoriza a {merchant} a debitar de esta cuenta el importe de arriba, y"
        " otros más adelante solo según lo que aceptó. Un débito tarda hasta 4 días hábiles."
    ),
    "bank_pay": "Pagar {amount} desde esta cuenta",
    "bank_save": "Guardar esta cuenta",
    "test_accounts": "Cuentas de prueba",
    "case_returned_funds": "Devuelto: fondos insuficientes",
    "case_returned_closed": "Devuelto: cuenta cerrada",
    "case_returned_unauthorized": "Devuelto: no autorizado",
    "case_returned_late": "Paga, y luego el titular objeta",
    "processing_title": "Este pago está en camino",
    "processing_says": "El banco tarda hasta 4 días hábiles. No hace falta pagar otra vez.",
    "saved_title": "Esto se guardó",
    "saved_says": "Puede cerrar esta página.",
    "authentication_required": "Su banco quiere que confirme este pago. Intente de nuevo aquí.",
    "charge_exceeds_weekly_limit": "Es más de lo que la cuenta puede pagar en una semana.",
    "payment_method_bank_account_blocked": ("No se puede debitar de esta cuenta. Pruebe con otra."),
    "setup_intent_authentication_failure": (
        "Su banco no pudo confirmar la tarjeta. No se guardó. Intente de nuevo o use otra tarjeta."
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

TEST_ACCOUNTS: Final = (
    ("000123456789", "case_ok"),
    ("000222222227", "case_returned_funds"),
    ("000111111113", "case_returned_closed"),
    ("000333333335", "case_returned_unauthorized"),
    ("000555555559", "case_returned_late"),
)


def texts_for(locale: str | None, *, accepted: str | None) -> Texts:
    """By the session's locale; one that is missing or "auto" leaves it to the browser."""
    wanted = accepted if locale in {None, "auto"} else locale
    return _SPANISH if (wanted or "").lower().startswith("es") else _ENGLISH
