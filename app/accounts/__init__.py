"""Who signs in, with which role and where; what each role may do."""
