"""The outside world behind small protocols: one module for each system we talk to."""
