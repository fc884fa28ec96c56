"""Why an amount is what it is: payers' codes in our own words, English and Spanish."""
