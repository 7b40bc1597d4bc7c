"""Two records of one person become one: what the one absorbs, and what ends the other."""
