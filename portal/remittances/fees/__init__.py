"""What payers agreed to allow, beside what they allowed."""
