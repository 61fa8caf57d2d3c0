"""How a service's process asks its C library for memory."""

import ctypes

LARGE_BLOCK = 256 * 1024
"""Bytes. Encoded pages, requests and answers are larger, long-lived objects smaller."""

_M_MMAP_THRESHOLD = -3


def return_large_blocks() -> bool:
    """Let glibc hand large blocks back to the system as soon as they are free; false where there is no glibc.

    By itself it moves its threshold up with the largest block freed so far. Pages' buffers then come from the heap,
    where small objects that outlive them keep what they leave: some megabytes for good in a connector.
    """
    try:
        return bool(ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, LARGE_BLOCK))
    except (AttributeError, OSError):
        return False
