"""The frame: settings, addresses, and who listens to which event. Holds no rule."""
