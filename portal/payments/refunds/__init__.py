"""Giving money back: how much may go, who must agree, which way it goes, and what it does."""
