"""Ways to pay that are kept for later: agreed to, saved at Stripe, shown, removed."""
