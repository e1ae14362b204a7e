"""Run a script written for ``nvidia.dali``, unchanged, on adali.

::

    python -m adali.dropin script.py arguments...
    python -m adali.dropin --report script.py

The first runs the script as ``python script.py arguments...`` does, with ``nvidia.dali`` and its submodules as aliases
of adali's blocking API; ``-m module`` in place of a script's name works as well. The second runs nothing and lists what
the script names that adali lacks, one line each. :func:`install` makes the aliases in a program of one's own.

Nothing else in adali imports this package.
"""

from __future__ import annotations

from adali.dropin.aliases import LackingError, LackingModuleError, install, uninstall
from adali.dropin.report import missing
from adali.dropin.running import main

__all__ = ["LackingError", "LackingModuleError", "install", "main", "missing", "uninstall"]
