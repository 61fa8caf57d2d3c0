"""The registry's rules, without I/O: couplings and records in, couplings and writes out."""
