"""Baiying (百应): one request, from a resident's first words to rated closure."""

VERSION = "0.1.0"
