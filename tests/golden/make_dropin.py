"""Writes golden/dropin/NAME.txt: what the scripts of examples/dropin print under the real DALI.

Run it under a Python that has nvidia-dali (CPU is enough; torch for one of them): ``python make_dropin.py [NAMES...]``.
It imports nothing of adali.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
SCRIPTS = HERE.parent.parent / "examples" / "dropin"


def main() -> None:
    """Run the scripts."""
    names = sys.argv[1:] or sorted(path.stem for path in SCRIPTS.glob("*.py"))
    for name in names:
        command = [sys.executable, str(SCRIPTS / f"{name}.py")]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        if done.returncode:
            raise SystemExit(f"{name}: {done.stderr}")
        (HERE / "dropin" / f"{name}.txt").write_text(done.stdout)
        print(f"{name}: {len(done.stdout.splitlines())} lines")


if __name__ == "__main__":
    main()
