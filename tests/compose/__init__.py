"""The system as containers, on whatever Docker engine is reachable: ``python -m tests.compose``."""
