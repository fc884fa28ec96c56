"""Double entry: post, reverse, allocate, check; and the outbox to the practice's system."""
