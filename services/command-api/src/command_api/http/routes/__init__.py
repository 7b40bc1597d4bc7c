"""HTTP to commands, a file per noun."""
