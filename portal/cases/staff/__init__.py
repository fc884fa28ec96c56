"""The inbox: staff answer, ask back, close, and open a case for a caller."""
