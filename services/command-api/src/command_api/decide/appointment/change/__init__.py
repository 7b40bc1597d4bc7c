"""A live appointment is with another doctor, takes another time, or is of another kind."""
