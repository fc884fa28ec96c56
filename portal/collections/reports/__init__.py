"""How plans do: rates, money due and collected by week, what is scheduled to come."""
