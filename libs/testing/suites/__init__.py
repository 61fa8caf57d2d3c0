"""Exams that every implementation of a port sits."""
