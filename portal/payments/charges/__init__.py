"""Charges made by themselves, as staff see them: every try, and how to stop one."""
