"""Figures and claims, each with the script that makes it."""
