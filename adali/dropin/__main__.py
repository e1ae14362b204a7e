"""``python -m adali.dropin``."""

from __future__ import annotations

import sys

from adali.dropin.running import main

if __name__ == "__main__":
    sys.exit(main())
