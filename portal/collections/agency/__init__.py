"""Handing debt to a collection agency: what may go, the file, what comes back."""
