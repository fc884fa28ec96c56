"""What the practice offers: shown, tried out, and set from a day on."""
