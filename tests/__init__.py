"""Tests: real PostgreSQL, real HTTP, a real browser, the Stripe simulator over the wire."""
