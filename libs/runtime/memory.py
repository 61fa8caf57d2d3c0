"""How a service's process treats memory: how it is asked for, given back, and searched for what nobody uses."""

import ctypes
import gc

LARGE_BLOCK = 128 * 1024
"""Bytes. Encoded pages, requests and answers are larger, long-lived objects smaller."""

_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3
_M_ARENA_MAX = -8


def return_large_blocks() -> bool:
    """Let glibc hand large blocks back to the system as soon as they are free; false where there is no glibc.

    By itself it moves its thresholds up with the largest block freed so far. Pages' buffers then come from the heap,
    where small objects that outlive them keep what they leave: some megabytes for good in a connector. One arena is
    enough, since only one thread at a time runs Python.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):
        return False
    options = ((_M_MMAP_THRESHOLD, LARGE_BLOCK), (_M_TRIM_THRESHOLD, LARGE_BLOCK), (_M_ARENA_MAX, 1))
    return all(mallopt(option, value) for option, value in options)


def spare_the_collector() -> None:
    """Let Python look for reference cycles rarely.

    A page of records is thousands of fresh mappings without a cycle among them. Walking them again and again while
    they come and go took a quarter of a service's CPU; memory stays flat, since reference counts free them.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)
