"""Autopay as its pages show it; what it plans and charges is in scheduled/."""
