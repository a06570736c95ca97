"""Everything HTTP that no domain owns: rendering, forms, problems, refusals, logging."""
