"""A claim on record: its page, and what staff do about it."""
