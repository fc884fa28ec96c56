"""The practice's records as we mirror them: who owes, who was treated, what was billed or held."""
