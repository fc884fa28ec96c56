"""A practice full of people who pay, a Stripe over the wire, and trouble by chance and seed.

What happens to whom and when comes from the seed alone: the same seed is the same story. Time is
made up; what is real is the product, its database, and every call between it and Stripe.
"""
