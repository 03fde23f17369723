"""The C library's memory: a training takes and frees the same large tensors in every step."""

import ctypes

TRIM_THRESHOLD, MMAP_MAX = -1, -4  # parameters of mallopt, from malloc.h


def keep_freed_memory() -> None:
    """Let the process keep what it frees for its next step; a C library other than glibc is left as it is.

    By default glibc gives large tensors back to the system, which has to clear their pages when they are asked for again: half
    the time of a convolutional network's step, on some systems.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(TRIM_THRESHOLD, -1)  # never
        mallopt(MMAP_MAX, 0)  # no block of memory outside the heap
