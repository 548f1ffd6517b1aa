"""The commands of `python -m crusades_evaluator`, one module each."""
