"""The orchestrator's rules: pure functions over plain documents; moments and ids are passed in."""
