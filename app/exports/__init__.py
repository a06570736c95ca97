"""What leaves: reports for funders, made of protected tables and of nothing else."""
