"""Self-assessment of the three divides: the bank of questions, answers, scores, a next step."""
