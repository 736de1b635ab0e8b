"""The cupboard: tools that hold no model and know no room."""
