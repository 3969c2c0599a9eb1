"""Teachers built so that each failure of a distillation happens, and how often the diagnosis names it."""
