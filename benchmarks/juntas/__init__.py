"""Asking against learning: juntas and trees inside networks, as the inputs and the variables grow."""
