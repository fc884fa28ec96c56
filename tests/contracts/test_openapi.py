"""The checker itself: it must complain about what Stripe would refuse, and about nothing else."""

from typing import Any

import pytest

from tests.contracts.openapi import OpenApiChecker, plain_schema

BODY = "amount=5000&currency=usd"


def request_problems(checker: OpenApiChecker, body: str) -> list[str]:
    return checker.request_problems("POST", "/v1/payment_intents", "", body)


@pytest.mark.parametrize(
    "more",
    [
        "",
        "&automatic_payment_methods[enabled]=true",
        "&metadata[payment_id]=1234",
        "&expand[]=latest_charge&expand[]=customer",
        "&payment_method_types[0]=card&payment_method_types[1]=us_bank_account",
        "&payment_method_options[card][request_three_d_secure]=any",
    ],
)
def test_a_request_stripe_would_take_passes(openapi_checker: OpenApiChecker, more: str) -> None:
    assert request_problems(openapi_checker, BODY + more) == []


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (BODY + "&foo=1", "'foo' was unexpected"),
        (BODY + "&automatic_payment_methods[enable]=true", "'enable' was unexpected"),
        ("amount=50.00&currency=usd", "is not of type 'integer'"),
        ("amount=5000", "'currency' is a required property"),
        (BODY + "&setup_future_usage=later", "is not one of"),
        (BODY + "&statement_descriptor_suffix=" + "x" * 23, "is too long"),
    ],
)
def test_a_request_stripe_would_refuse_is_named(
    openapi_checker: OpenApiChecker, body: str, complaint: str
) -> None:
    assert complaint in "; ".join(request_problems(openapi_checker, body))


def test_an_operation_that_does_not_exist_is_named(openapi_checker: OpenApiChecker) -> None:
    problems = openapi_checker.request_problems("POST", "/v1/checkouts", "", "")
    assert problems == ["POST /v1/checkouts is no operation of 2026-05-27.dahlia"]


def test_a_query_parameter_that_does_not_exist_is_named(openapi_checker: OpenApiChecker) -> None:
    problems = openapi_checker.request_problems("GET", "/v1/refunds", "limit=3&colour=blue", "")
    assert len(problems) == 1
    assert "colour" in problems[0]


BALANCE: dict[str, Any] = {
    "object": "balance",
    "livemode": False,
    "available": [{"amount": 0, "currency": "usd"}],
    "pending": [],
}


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({}, None),
        ({"livemode": None}, "is not of type 'boolean'"),
        ({"available": {}}, "is not of type 'array'"),
        ({"invented": 1}, "'invented' was unexpected"),
    ],
)
def test_an_answer_is_held_to_its_schema(
    openapi_checker: OpenApiChecker, change: dict[str, Any], complaint: str | None
) -> None:
    problems = openapi_checker.answer_problems("GET", "/v1/balance", 200, BALANCE | change)
    assert len(problems) == (complaint is not None)
    assert complaint is None or complaint in problems[0]


def test_an_error_is_held_to_stripes_form_of_errors(openapi_checker: OpenApiChecker) -> None:
    good = {"error": {"type": "invalid_request_error", "message": "No."}}
    assert openapi_checker.answer_problems("GET", "/v1/balance", 400, good) == []
    assert openapi_checker.answer_problems("GET", "/v1/balance", 400, {"oops": 1}) != []


@pytest.mark.parametrize(
    ("schema", "plain"),
    [
        ({"type": "string", "nullable": True}, {"type": ["string", "null"]}),
        (
            {"type": "string", "enum": ["a"], "nullable": True},
            {"type": ["string", "null"], "enum": ["a", None]},
        ),
        (
            {"$ref": "#/x", "nullable": True},
            {"anyOf": [{"$ref": "#/x"}, {"type": "null"}]},
        ),
        (
            {"anyOf": [{"type": "string"}], "nullable": True},
            {"anyOf": [{"type": "string"}, {"type": "null"}]},
        ),
        (
            {"type": "object", "properties": {"a": {"type": "string"}}},
            {
                "type": "object",
                "properties": {"a": {"type": "string"}},
                "additionalProperties": False,
            },
        ),
    ],
)
def test_nullable_becomes_a_choice_with_null(schema: object, plain: object) -> None:
    assert plain_schema(schema) == plain
