"""Carries the ledger's outbox to the practice's system and reads its replies."""
