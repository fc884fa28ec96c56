"""What we send, to whom, and whether it arrived."""
