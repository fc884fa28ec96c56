"""Accounts of patients: made from a link, signed in to, changed, shared and ended."""
