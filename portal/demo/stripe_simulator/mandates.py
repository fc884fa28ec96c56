"""Mandates: what an account holder authorised, when and how, and whether it still holds."""

from portal.demo.stripe_simulator.errors import Body, refused
from portal.demo.stripe_simulator.workspace import Workspace

NOT_AUTHORISED = "payment_intent_mandate_invalid"


def create(work: Workspace, method: Body, *, accepted: Body, only_cents: int | None) -> Body:
    """`accepted` is `customer_acceptance` as Stripe takes it; `only_cents` is for one debit."""
    acceptance = {"accepted_at": work.now, **accepted}
    kind = "multi_use" if only_cents is None else "single_use"
    terms = {} if only_cents is None else {"amount": only_cents, "currency": "usd"}
    return work.add(
        "mandate",
        customer_acceptance=acceptance,
        payment_method=method["id"],
        payment_method_details={"type": "us_bank_account", "us_bank_account": {}},
        status="active",
        type=kind,
        **{kind: terms},
    )


def authorisation(
    work: Workspace, method: Body, params: Body, *, only_cents: int | None = None
) -> Body:
    """The mandate a debit goes by: the one named, a new one, or one that holds from before.

    Raises StripeError (400) when there is none, or the one named holds no more.
    """
    if "mandate" in params:
        mandate = work.get("mandate", params["mandate"])
        if mandate["status"] != "active" or mandate["payment_method"] != method["id"]:
            raise refused("This mandate does not hold.", param="mandate", code=NOT_AUTHORISED)
        return mandate
    if params.get("mandate_data"):
        accepted = params["mandate_data"]["customer_acceptance"]
        return create(work, method, accepted=accepted, only_cents=only_cents)
    held = work.all("mandate", payment_method=method["id"], status="active", type="multi_use")
    if not held:
        raise refused(
            "A bank account is debited with a mandate: give mandate_data.", code=NOT_AUTHORISED
        )
    return held[0]


def end(work: Workspace, method: Body) -> None:
    """No mandate of this account holds any more."""
    for mandate in work.all("mandate", payment_method=method["id"], status="active"):
        work.change(mandate, status="inactive")
        work.emit("mandate.updated", mandate)
