"""What happens because time goes by: jobs that look for candidates and give ordinary commands."""
