"""Help: what people tell us is wrong or ask for, its answers, and help with paying."""
