"""Leaves that ask the model, beside leaves that are left out of a finished tree."""
