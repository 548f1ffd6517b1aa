# expect: warmup_failed
"""Fails when it is imported."""

raise ImportError("needs a package that is not there")
