"""The commands, grouped as `omem --help` shows them."""
