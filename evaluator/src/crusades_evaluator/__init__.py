"""Measures how fast a train.py really did the training it was asked to do."""

__version__ = "0.1.0"
