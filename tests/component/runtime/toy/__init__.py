"""A service whose process the tests start, stop and break."""
