"""``python -m adali`` is the command ``adali``."""

import sys

from adali.cli import main

if __name__ == "__main__":
    sys.exit(main())
