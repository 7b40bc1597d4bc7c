"""Who is logged in: the token in a cookie, and what holds cross-site requests off."""
