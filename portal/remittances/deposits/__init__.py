"""Payers' payments beside what the bank received."""
