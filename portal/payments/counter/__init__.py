"""Money handed over at the desk: taken, undone, counted, and brought to the bank."""
