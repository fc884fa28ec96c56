"""X12 as it comes: segments, the envelope, and the 835 and 837 as values. No database."""
