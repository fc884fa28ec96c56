"""835 in: from a file to claims and journal entries; quarantine and holds."""
