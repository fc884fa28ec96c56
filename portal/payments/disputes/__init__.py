"""Disputes: a bank takes a payment back, and what we do about it."""
