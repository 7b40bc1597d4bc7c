"""What became of an appointment: who came, who did not, and what a visit left behind."""
