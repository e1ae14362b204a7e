"""The engine: what runs a graph.

Modules, each importing only those above it: ``memory``, ``workers``, ``queues``, ``handoff``, ``stats``,
``lowering``, ``workspace``, ``chain``, ``inputs``, ``device``, ``stage``, ``executor``.
"""
