"""The engine: what runs a graph.

Modules, each importing only those above it: ``memory``, ``workers``, ``queues``, ``handoff``, ``mailbox``,
``lifetime``, ``tracebacks``, ``stats``, ``lowering``, ``workspace``, ``account``, ``chain``, ``inputs``, ``device``,
``stage``, ``flow``, ``executor``.
"""
