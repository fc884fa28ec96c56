"""Payment plans: what may be offered, what was agreed to, and what is to happen on a day. Pure."""
