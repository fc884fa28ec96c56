"""A Stripe of our own for demo and tests: its own process, loopback only, nothing of portal in it.

What it cannot prove: fees, timing, the wording of errors and the behaviour of banks are ours. The
shape of every request and object is Stripe's, taken from its OpenAPI document (stripe_shapes.json).
Only test keys are accepted, and of cards only Stripe's published test cards pay. Where Stripe says
little we chose: an ACH debit is decided on the fourth business day; one that is returned later is a
dispute lost from the start; a won dispute does not give its fee back; saved accounts need no
verification by small deposits.
"""
