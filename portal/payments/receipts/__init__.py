"""What was paid: one payment's receipt, all of an account's payments, a year for taxes."""
