"""FHIR R4 as it comes, made into the values that an 835 or an 837 becomes."""
