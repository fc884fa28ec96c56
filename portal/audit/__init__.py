"""Who saw and did what: append-only and sealed."""
