"""Learning which label a text bears, from texts that bear one: linear, explained, calibrated.

`training.train(texts, labels)` gives a `model.Model`; that needs scikit-learn. Everything else, reading a model
and predicting included, needs numpy alone. Method and figures: docs/learning.md.
"""
