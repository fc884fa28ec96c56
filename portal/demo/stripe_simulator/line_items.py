"""What a Checkout Session charges for: prices made on the spot, or made before."""

from portal.demo.stripe_simulator import shapes
from portal.demo.stripe_simulator.errors import Body
from portal.demo.stripe_simulator.workspace import Workspace


def resolved(work: Workspace, items: list[Body]) -> list[Body]:
    """Each with `unit_amount`, `name`, `quantity`, and the `price` it was made before, or None."""
    return [_resolved(work, item) for item in items]


def total(items: list[Body]) -> int:
    cents: int = sum(item["unit_amount"] * item["quantity"] for item in items)
    return cents


def listed(work: Workspace, params: Body, session_id: str) -> Body:
    session = work.get("checkout.session", session_id)
    items = work.notes(session_id)["items"]
    limit = params.get("limit", 10)
    shown = [_line_item(work, session, place, item) for place, item in enumerate(items[:limit])]
    url = f"/v1/checkout/sessions/{session_id}/line_items"
    return {"object": "list", "url": url, "has_more": len(items) > limit, "data": shown}


def _resolved(work: Workspace, item: Body) -> Body:
    quantity = item.get("quantity", 1)
    if "price" in item:
        price = work.get("price", item["price"])
        name = work.get("product", price["product"])["name"]
        cents = price["unit_amount"]
        return {"unit_amount": cents, "name": name, "quantity": quantity, "price": price["id"]}
    data = item["price_data"]
    return {
        "unit_amount": data["unit_amount"],
        "name": data["product_data"]["name"],
        "quantity": quantity,
        "price": None,
    }


def _line_item(work: Workspace, session: Body, place: int, item: Body) -> Body:
    number = f"{session['id'].removeprefix('cs_test_')}{place}"
    cents = item["unit_amount"] * item["quantity"]
    made_before = item["price"]
    return shapes.skeleton("item") | {
        "id": f"li_{number}",
        "object": "item",
        "amount_subtotal": cents,
        "amount_total": cents,
        "currency": "usd",
        "description": item["name"],
        "price": work.get("price", made_before) if made_before else _price(session, number, item),
        "quantity": item["quantity"],
    }


def _price(session: Body, number: str, item: Body) -> Body:
    return shapes.skeleton("price") | {
        "id": f"price_{number}",
        "object": "price",
        "active": False,
        "billing_scheme": "per_unit",
        "created": session["created"],
        "currency": "usd",
        "product": f"prod_{number}",
        "type": "one_time",
        "unit_amount": item["unit_amount"],
        "unit_amount_decimal": str(item["unit_amount"]),
    }
