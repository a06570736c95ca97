"""What happened: individual sessions, quick passages and workshops held, with each attendance."""
