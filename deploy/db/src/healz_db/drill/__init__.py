"""The proof that every migration can be taken back."""
