"""A statement on paper: the words of its page, its itemized bill, both in large print."""
