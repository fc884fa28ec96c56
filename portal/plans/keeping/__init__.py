"""Keeping what was agreed: what falls due, what is missed, what money and insurance change."""
