"""What makes the portal try-able without anybody else: a made-up practice, a mailbox, a Stripe."""
