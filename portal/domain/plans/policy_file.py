"""A policy as a mapping that JSON can hold, and back; what is not exactly a policy is refused."""

from collections.abc import Mapping
from dataclasses import fields
from enum import StrEnum
from typing import Any, Final, TypeVar

from portal.domain.plans.cadence import Frequency
from portal.domain.plans.policy import (
    Autopay,
    DownPayment,
    NewBalances,
    PlanPolicy,
    Tier,
)

SCHEMA: Final = 1

_Choice = TypeVar("_Choice", bound=StrEnum)
_CHOICES: Final[Mapping[str, type[StrEnum]]] = {
    "autopay": Autopay,
    "new_balances": NewBalances,
}
_MADE_OF_OTHERS: Final = frozenset({"tiers", "down_payment", "frequencies", "moves_off_holidays"})
_NUMBERS: Final = tuple(
    field.name
    for field in fields(PlanPolicy)
    if field.name not in _CHOICES and field.name not in _MADE_OF_OTHERS
)


class PolicyFormatError(ValueError):
    """A mapping that is not a policy of this schema; the message names the key."""


def policy_to_mapping(policy: PlanPolicy) -> dict[str, object]:
    """The same policy always gives the same mapping, in the same order."""
    return {
        "schema": SCHEMA,
        "tiers": [_numbers_of(tier) for tier in policy.tiers],
        "down_payment": _numbers_of(policy.down_payment),
        "frequencies": sorted(policy.frequencies),
        "moves_off_holidays": policy.moves_off_holidays,
        **{name: str(getattr(policy, name)) for name in _CHOICES},
        **{name: getattr(policy, name) for name in _NUMBERS},
    }


def policy_from_mapping(mapping: Mapping[str, object]) -> PlanPolicy:
    """Every key must be there and no other. Raises PolicyFormatError.

    Whether the values make sense together says policy_findings.
    """
    if mapping.get("schema") != SCHEMA:
        raise PolicyFormatError("schema")
    expected = {"schema", *_MADE_OF_OTHERS, *_CHOICES, *_NUMBERS}
    if mapping.keys() != expected:
        raise PolicyFormatError(", ".join(sorted(mapping.keys() ^ expected)))
    settings: dict[str, Any] = {name: _number(mapping[name], name) for name in _NUMBERS}
    for name, choice in _CHOICES.items():
        settings[name] = _one_of(choice, mapping[name], name)
    moves = mapping["moves_off_holidays"]
    if not isinstance(moves, bool):
        raise PolicyFormatError("moves_off_holidays")
    return PlanPolicy(
        tiers=tuple(
            Tier(**_settings(Tier, one, "tiers")) for one in _list(mapping["tiers"], "tiers")
        ),
        down_payment=DownPayment(**_settings(DownPayment, mapping["down_payment"], "down_payment")),
        frequencies=frozenset(
            _one_of(Frequency, one, "frequencies")
            for one in _list(mapping["frequencies"], "frequencies")
        ),
        moves_off_holidays=moves,
        **settings,
    )


def _numbers_of(part: Tier | DownPayment) -> dict[str, int]:
    return {field.name: getattr(part, field.name) for field in fields(part)}


def _settings(kind: type[Tier | DownPayment], value: object, name: str) -> dict[str, int]:
    if not isinstance(value, Mapping) or value.keys() != {one.name for one in fields(kind)}:
        raise PolicyFormatError(name)
    return {key: _number(one, f"{name}.{key}") for key, one in value.items()}


def _list(value: object, name: str) -> list[object]:
    if not isinstance(value, list):
        raise PolicyFormatError(name)
    return value


def _number(value: object, name: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise PolicyFormatError(name)
    return value


def _one_of(choice: type[_Choice], value: object, name: str) -> _Choice:
    if not isinstance(value, str):
        raise PolicyFormatError(name)
    try:
        return choice(value)
    except ValueError as error:
        raise PolicyFormatError(name) from error
