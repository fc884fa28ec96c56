"""Paying for somebody else with a statement's code; nothing here says anything about anyone."""
