"""One user in one SQLite file."""
