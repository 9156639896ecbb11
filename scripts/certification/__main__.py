"""`python -m scripts.certification`."""

import sys

from scripts.certification.cli import main

if __name__ == "__main__":
    sys.exit(main())
