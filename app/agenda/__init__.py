"""What is planned: follow-ups today; appointments and workshops to come later."""
