"""The billing rules: plain functions over frozen values, the standard library and nothing else."""
