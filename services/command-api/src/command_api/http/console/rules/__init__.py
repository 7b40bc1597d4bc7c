"""What journeys are judged by, and whom other numbers would have put at risk."""
