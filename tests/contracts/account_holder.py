"""Somebody who pays, or saves a way to pay, at the hosted page by other means than a typed card."""

from tests.contracts.hosted_page import Cardholder, PageShown

TEST_BANK = "110000000"


class AccountHolder(Cardholder):
    def debit(
        self,
        account: str = "000123456789",
        *,
        routing: str = TEST_BANK,
        holder: str = "Account holder",
        save: bool = False,
    ) -> PageShown:
        typed = {
            "method": "us_bank_account",
            "account": account,
            "routing": routing,
            "holder": holder,
        }
        return self._press(self._url, typed | ({"save": "yes"} if save else {}))

    def pay_and_save(self, number: str) -> PageShown:
        """A typed card, with the box ticked."""
        card = {"number": number, "expiry": "12 / 34", "cvc": "123", "name": "Cardholder"}
        return self._press(self._url, card | {"save": "yes"})

    def press(self, **values: str) -> PageShown:
        """A button with a value of its own: a saved method, or a wallet."""
        return self._press(self._url, values)
