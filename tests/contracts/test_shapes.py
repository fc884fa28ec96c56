"""The simulator's committed shapes are what Stripe's document says, and hold no prose of it."""

import json
from collections.abc import Iterator

from tests.contracts.derive_shapes import SHAPES_FILE, as_text, derive
from tests.contracts.openapi import stripe_document


def test_the_committed_shapes_are_those_of_the_document() -> None:
    committed = SHAPES_FILE.read_text(encoding="utf-8")
    # Otherwise: python -m tests.contracts.derive_shapes
    assert committed == as_text(derive(stripe_document()))


def test_the_committed_shapes_hold_names_and_no_sentences() -> None:
    def texts(part: object) -> Iterator[str]:
        if isinstance(part, dict):
            yield from (text for value in part.values() for text in texts(value))
        elif isinstance(part, list):
            yield from (text for value in part for text in texts(value))
        elif isinstance(part, str):
            yield part

    shapes = json.loads(SHAPES_FILE.read_text(encoding="utf-8"))
    assert [text for text in texts(shapes) if " " in text] == []
