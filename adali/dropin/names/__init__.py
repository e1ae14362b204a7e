"""Small modules of DALI that have no counterpart in adali but a few names."""
