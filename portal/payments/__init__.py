"""Paying: amount, check, Checkout, receipt; webhooks, sweep and refunds."""
