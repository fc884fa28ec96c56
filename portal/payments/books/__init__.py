"""The processor's books beside ours: payouts, movements, fees, and how the four agree."""
