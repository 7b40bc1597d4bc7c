"""The data that a new database begins with: SQL files, and command files for the command handler."""
