"""Understanding: what a message reveals, and what that does to the memory."""
