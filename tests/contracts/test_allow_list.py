"""The list of what may leave for Stripe names what is not on it, and knows ids from words."""

import pytest

from tests.contracts.allow_list import strangers

UUID = "01890a5d-ac96-774b-bcce-b302099a8057"
OURS = "Stripe/v1 PythonBindings/15.2.1"


@pytest.mark.parametrize(
    "body",
    [
        f"metadata[payment_id]={UUID}&amount=12345",
        f"success_url=https%3A%2F%2Fpay.example%2Fpayments%2F{UUID}%2Freturn",
        f"success_url=https%3A%2F%2Fpay.example%2Fpay%2Friverbend%2Fback%2F{'A' * 64}.{'b' * 43}",
        "payment_method_types[1]=us_bank_account&expand[0]=latest_charge",
        "evidence[service_documentation]=staff+wrote+this&submit=false",
    ],
)
def test_ids_amounts_and_fixed_words_may_leave(body: str) -> None:
    assert list(strangers(OURS, "", body)) == []


@pytest.mark.parametrize(
    "body",
    [
        "description=Ana+Reyes",
        f"metadata[patient]={UUID}",
        "metadata[payment_id]=A-20411",
        "receipt_email=ana%40example.com",
        "line_items[0][price_data][product_data][name]=Office+visit",
        "success_url=https%3A%2F%2Fpay.example%2Fpayments%2Freturn%3Fborn%3D1985-04-27",
        "success_url=https%3A%2F%2Fpay.example%2Fpay%2Friverbend%2Fback%2FAna.Reyes",
        "statement_descriptor_suffix=Cardiology",
    ],
)
def test_whatever_could_name_somebody_may_not(body: str) -> None:
    (problem,) = strangers(OURS, "", body)
    assert "may not leave for Stripe" in problem


def test_what_the_library_did_not_send_is_not_ours() -> None:
    assert list(strangers("curl/8", "", "description=Ana+Reyes")) == []
