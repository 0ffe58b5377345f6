"""``python -m qualkit``."""

from qualkit.cli.main import main

if __name__ == "__main__":
    main()
