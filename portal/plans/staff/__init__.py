"""What staff do about a person's plan: make one, change it, pause it, settle it, end it."""
