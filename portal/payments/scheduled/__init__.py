"""Charges agreed on beforehand: pay later on a chosen day, and autopay of new statements."""
