"""What a file's rows say, and the commands that they become: pure, as decide is."""
