"""What may be asked, and what follows: pure functions over one patient's past."""
