"""What people paid and nothing has used: whose it is, since when, and what becomes of it."""
