"""Paying towards a payment plan by hand. What a plan asks for is read from the ledger."""
