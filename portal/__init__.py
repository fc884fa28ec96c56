"""The patient billing portal: from a remittance to a paid, posted, synced statement."""
