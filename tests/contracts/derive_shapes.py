"""Makes the simulator's stripe_shapes.json out of Stripe's document; a test compares the two.

python -m tests.contracts.derive_shapes
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from portal.demo.stripe_simulator import operations, shapes
from tests.contracts.openapi import Document, stripe_document

SHAPES_FILE: Final = Path(shapes.__file__).parent / shapes.FILE_NAME
_FORM: Final = "application/x-www-form-urlencoded"
_RULES: Final = ("type", "enum", "maxLength", "required")
_METHODS_KNOWN: Final = {"acss_debit", "card", "klarna", "us_bank_account"}
_EMPTY: Final = {"string": "", "integer": 0, "number": 0, "boolean": False, "array": []}


def derive(document: Document) -> dict[str, Any]:
    schemas = document["components"]["schemas"]
    names = (*shapes.OBJECTS, *shapes.PARTS)
    return {
        "version": document["info"]["version"],
        "skeletons": {name: _skeleton(schemas[name], schemas) for name in names},
        "expandable": {name: _expandable(schemas[name]) for name in shapes.OBJECTS},
        "operations": {name: _parameters(document, name) for name in operations.OPERATIONS},
    }


def as_text(derived: Mapping[str, Any]) -> str:
    """One line per object and operation, so that a change shows where it is."""
    sections = []
    for section, content in derived.items():
        if isinstance(content, dict):
            lines = (f"  {json.dumps(name)}: {_compact(content[name])}" for name in sorted(content))
            text = "{\n" + ",\n".join(lines) + "\n}"
        else:
            text = json.dumps(content)
        sections.append(f"{json.dumps(section)}: {text}")
    return "{\n" + ",\n".join(sections) + "\n}\n"


def _compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True)


def _skeleton(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Any:
    """The least value that fits: required fields, nullable ones as null, nothing else."""
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    if schema.get("nullable"):
        return None
    if "anyOf" in schema:
        return _skeleton(schema["anyOf"][0], schemas)
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("type") != "object":
        return _EMPTY[schema["type"]]
    required = schema.get("required", [])
    return {
        name: _skeleton(field, schemas)
        for name, field in schema.get("properties", {}).items()
        if name in required or field.get("nullable")
    }


def _expandable(schema: Mapping[str, Any]) -> list[str]:
    fields: list[str] = schema.get("x-expandableFields", [])
    return sorted(fields)


def _parameters(document: Document, name: str) -> dict[str, Any]:
    method, _, path = name.partition(" ")
    operation = document["paths"][path][method.lower()]
    if method == "POST":
        return _rules(operation["requestBody"]["content"][_FORM]["schema"])
    query = [one for one in operation.get("parameters", []) if one["in"] == "query"]
    return {
        "type": "object",
        "properties": {one["name"]: _rules(one["schema"]) for one in query},
    }


def _rules(schema: Mapping[str, Any]) -> dict[str, Any]:
    """What it takes to check a parameter, and no more."""
    rules: dict[str, Any] = {key: schema[key] for key in _RULES if key in schema}
    if "properties" in schema:
        fields = schema["properties"]
        per_method = fields.keys() >= _METHODS_KNOWN
        rules["properties"] = {
            name: _rules(field)
            for name, field in fields.items()
            if not (per_method and _is_of_another_method(name, field))
        }
    if "items" in schema:
        rules["items"] = _rules(schema["items"])
    if "anyOf" in schema:
        rules["anyOf"] = [_rules(choice) for choice in schema["anyOf"]]
    if isinstance(schema.get("additionalProperties"), dict):
        rules["additionalProperties"] = _rules(schema["additionalProperties"])
    return rules


def _is_of_another_method(name: str, field: Mapping[str, Any]) -> bool:
    """In an object with one member per payment method, one for a method we do not take."""
    is_object = field.get("type") == "object" or "anyOf" in field
    shared = {"billing_details", "metadata", "radar_options"}
    return is_object and name not in shared and name not in shapes.METHODS_TAKEN


if __name__ == "__main__":
    SHAPES_FILE.write_text(as_text(derive(stripe_document())), encoding="utf-8")
