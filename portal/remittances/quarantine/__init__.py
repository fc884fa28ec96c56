"""What could not be posted: claims and payments set aside, and what posters do about them."""
