"""A Stripe of our own for demo and tests: its own process, loopback only, nothing of portal in it.

What it cannot prove: fees, timing, the wording of errors and the behaviour of banks are ours. The
shape of every request and object is Stripe's, taken from its OpenAPI document (stripe_shapes.json).
Only test keys are accepted, and only Stripe's published test cards pay.
"""
