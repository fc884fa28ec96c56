"""Claims as the practice sent them (837, FHIR Claim), put on record."""
