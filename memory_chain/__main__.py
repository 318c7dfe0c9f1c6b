"""`python -m memory_chain` is `omem`."""

from memory_chain.cli import main

if __name__ == "__main__":
    main()
