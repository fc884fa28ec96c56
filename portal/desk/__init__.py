"""The front desk: find a person, see what they see, send a link and watch it."""
