"""Money that nobody can place: what is known of it, and what staff decide."""
