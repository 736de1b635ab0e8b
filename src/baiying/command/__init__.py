"""The frame around the house: one command that starts, stops, checks and tries the service."""
