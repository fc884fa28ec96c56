"""Help with paying: screening, application, decision, and what it takes off the books."""
