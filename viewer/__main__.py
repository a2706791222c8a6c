"""`python -m viewer` is `genchi`."""

from viewer.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
