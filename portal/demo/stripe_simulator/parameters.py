"""From an encoded form to typed parameters, refused the way Stripe refuses them.

The rules are the operation's schema; what the schema does not name is an unknown parameter.
"""

import re
from typing import Any
from urllib.parse import parse_qsl

from portal.demo.stripe_simulator.errors import Body, StripeError, invalid

_KEY = re.compile(r"[^\[\]]+(\[[^\[\]]*\])*")
_INTEGER = re.compile(r"-?\d+", re.ASCII)
_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
Schema = dict[str, Any]


def read(encoded: str, schema: Schema) -> Body:
    """The parameters of a query or form. Raises StripeError (400) for the first that is wrong."""
    values: Body = _typed(_nested(encoded), schema, name="")
    return values


def _nested(encoded: str) -> Body:
    """``a[b][0]=c`` as ``{"a": {"b": ["c"]}}``."""
    tree: Body = {}
    for key, value in parse_qsl(encoded, keep_blank_values=True):
        if not _KEY.fullmatch(key):
            raise invalid(f"Invalid parameter name: {key}", param=key)
        *path, last = key.replace("]", "").split("[")
        node = tree
        for part in path:
            node = node.setdefault(part or str(len(node)), {})
            if not isinstance(node, dict):
                raise invalid(f"Invalid parameter name: {key}", param=key)
        node[last or str(len(node))] = value
    return {key: _lists(value) for key, value in tree.items()}


def _lists(value: object) -> object:
    if not isinstance(value, dict):
        return value
    if value and all(key.isdecimal() for key in value):
        return [_lists(value[key]) for key in sorted(value, key=int)]
    return {key: _lists(part) for key, part in value.items()}


def _typed(value: Any, schema: Schema, *, name: str) -> Any:
    if "anyOf" in schema:
        return _first_that_fits(value, schema["anyOf"], name=name)
    match schema.get("type"):
        case "object":
            return _object(value, schema, name=name)
        case "array":
            if not isinstance(value, list):
                raise invalid("Invalid array", param=name)
            return [
                _typed(item, schema["items"], name=f"{name}[{place}]")
                for place, item in enumerate(value)
            ]
        case kind:
            if not isinstance(value, str):
                raise invalid(f"Invalid {kind or 'value'}", param=name)
            return _scalar(value, schema, name=name)


def _first_that_fits(value: Any, choices: list[Schema], *, name: str) -> Any:
    problem: StripeError | None = None
    for choice in choices:
        try:
            return _typed(value, choice, name=name)
        except StripeError as error:
            # The complaint worth hearing is about the choice of the same form, object or text.
            if problem is None or isinstance(value, dict) == (choice.get("type") == "object"):
                problem = error
    raise problem or invalid("Invalid value", param=name)


def _object(value: Any, schema: Schema, *, name: str) -> Body:
    if not isinstance(value, dict):
        raise invalid("Invalid object", param=name)
    known = schema.get("properties", {})
    others = schema.get("additionalProperties")
    typed: Body = {}
    for key, part in value.items():
        full_name = f"{name}[{key}]" if name else key
        rule = known.get(key, others)
        if not isinstance(rule, dict):
            raise invalid(
                f"Received unknown parameter: {full_name}",
                param=full_name,
                code="parameter_unknown",
            )
        typed[key] = _typed(part, rule, name=full_name)
    for key in schema.get("required", []):
        if key not in value:
            full_name = f"{name}[{key}]" if name else key
            raise invalid(
                f"Missing required param: {full_name}.", param=full_name, code="parameter_missing"
            )
    return typed


def _scalar(value: str, schema: Schema, *, name: str) -> str | int | float | bool:
    kind = schema.get("type")
    if "enum" in schema and value not in schema["enum"]:
        raise invalid(f"Invalid {name}: must be one of {', '.join(schema['enum'])}", param=name)
    if kind == "string":
        if len(value) > schema.get("maxLength", len(value)):
            raise invalid(f"Invalid string: at most {schema['maxLength']} characters", param=name)
        return value
    if value == "":
        raise invalid(
            f"You passed an empty string for '{name}'.", param=name, code="parameter_invalid_empty"
        )
    if kind == "integer" and _INTEGER.fullmatch(value):
        return int(value)
    if kind == "number" and _NUMBER.fullmatch(value):
        return float(value)
    if kind == "boolean" and value in {"true", "false"}:
        return value == "true"
    code = "parameter_invalid_integer" if kind == "integer" else None
    raise invalid(f"Invalid {kind}: {value}", param=name, code=code)
