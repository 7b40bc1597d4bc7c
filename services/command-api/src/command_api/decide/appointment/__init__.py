"""An appointment: what may be asked of one, and what follows."""
