"""Statements: issued, explained, shown."""
