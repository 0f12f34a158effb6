"""What the loop calls after every step, one concern a file."""
