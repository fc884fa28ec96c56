"""What a person changes on a plan that runs; staff change it for them by the same services."""
