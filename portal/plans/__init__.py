"""Payment plans: offers by the practice's rules, agreements, and keeping what was agreed."""
