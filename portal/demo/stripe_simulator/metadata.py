"""Metadata, which Stripe merges instead of replacing it."""

from portal.demo.stripe_simulator.errors import Body


def merged(subject: Body, given: Body | str) -> Body:
    """Given keys replace, a key given as empty goes, an empty text instead of keys clears all."""
    if isinstance(given, str):
        return {}
    both = {**(subject["metadata"] or {}), **given}
    return {key: value for key, value in both.items() if value != ""}
