"""From the values of a remittance to the books: decide, gather, load."""
