"""Baiying (百应): one request, from a resident's first words to rated closure."""

__version__ = "0.1.0"
