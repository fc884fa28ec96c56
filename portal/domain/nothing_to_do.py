"""Whether a reader is told that there is nothing to do: every page and paper asks here."""


def is_nothing_to_do(
    *,
    to_pay_cents: int,
    new_cents: int,
    has_plan: bool,
    is_placed: bool,
    is_asked_something: bool,
) -> bool:
    """True only where nothing at all waits for them, whatever the page is about.

    ``to_pay_cents``: due now, and charged by nothing by itself. ``new_cents``: a share that no
    statement has asked for yet. ``is_placed``: an agency asks for something instead of us.
    ``is_asked_something``: insurance waits for an answer of the patient.
    """
    is_asked_for_money = to_pay_cents > 0 or new_cents > 0
    return not (is_asked_for_money or has_plan or is_placed or is_asked_something)
