"""Customers: who saved payment methods hang on, and which of them is the default."""

from typing import Final

from portal.demo.stripe_simulator import payment_methods
from portal.demo.stripe_simulator.errors import Body, invalid, refused
from portal.demo.stripe_simulator.metadata import merged
from portal.demo.stripe_simulator.workspace import Workspace

_TAKEN_OVER: Final = {"description", "email", "name", "phone", "preferred_locales"}
_SIMULATED: Final = _TAKEN_OVER | {"invoice_settings", "metadata"}
_DEFAULT: Final = "default_payment_method"


def create(work: Workspace, params: Body, _: str) -> Body:
    params = dict(params)
    saved = params.pop("payment_method", None)
    _check(params)
    customer = work.add(
        "customer",
        metadata=params.get("metadata", {}),
        invoice_settings={
            "custom_fields": None,
            _DEFAULT: None,
            "footer": None,
            "rendering_options": None,
        },
        **_taken_over(params),
    )
    work.emit("customer.created", customer)
    if saved is not None:
        payment_methods.attach(work, {"customer": customer["id"]}, saved)
    _choose_default(work, customer, params)
    return customer


def update(work: Workspace, params: Body, customer_id: str) -> Body:
    _check(params)
    customer = existing(work, customer_id)
    metadata = merged(customer, params.get("metadata", {}))
    work.change(customer, **{**_taken_over(params), "metadata": metadata})
    _choose_default(work, customer, params)
    work.emit("customer.updated", customer)
    return customer


def delete(work: Workspace, _params: Body, customer_id: str) -> Body:
    """For good, and what was saved for it with it."""
    customer = existing(work, customer_id)
    for method in work.all("payment_method", customer=customer_id):
        payment_methods.detach(work, {}, method["id"])
    work.emit("customer.deleted", customer)
    gone = {"id": customer_id, "object": "customer", "deleted": True}
    work.bury(gone, kind="deleted_customer")
    return gone


def existing(work: Workspace, customer_id: str) -> Body:
    """Raises StripeError (404) for one that never was, (400) for one that was deleted."""
    customer = work.get("customer", customer_id)
    if customer.get("deleted"):
        raise refused(f"This customer has been deleted: '{customer_id}'", param="customer")
    return customer


def methods(work: Workspace, params: Body, customer_id: str) -> Body:
    work.get("customer", customer_id)
    return work.page(
        "payment_method",
        {**params, "customer": customer_id},
        url=f"/v1/customers/{customer_id}/payment_methods",
    )


def _check(params: Body) -> None:
    for name in params.keys() - _SIMULATED:
        raise invalid(f"{name} is not simulated", param=name, code="not_simulated")
    for name in params.get("invoice_settings", {}).keys() - {_DEFAULT}:
        raise invalid(f"{name} is not simulated", param=name, code="not_simulated")


def _taken_over(params: Body) -> Body:
    """An empty text takes a field away."""
    return {name: params[name] or None for name in _TAKEN_OVER & params.keys()}


def _choose_default(work: Workspace, customer: Body, params: Body) -> None:
    chosen = params.get("invoice_settings", {}).get(_DEFAULT)
    if chosen is None:
        return
    if chosen and work.get("payment_method", chosen)["customer"] != customer["id"]:
        raise refused(
            "The customer does not have a payment method with that id.",
            param=f"invoice_settings[{_DEFAULT}]",
        )
    settings = customer["invoice_settings"] | {_DEFAULT: chosen or None}
    work.change(customer, invoice_settings=settings)
