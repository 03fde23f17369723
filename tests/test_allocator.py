"""The C library keeps what a training frees."""

import platform
import subprocess
import sys
from types import SimpleNamespace

import pytest
import torch

from disentangle.training import allocator
from disentangle.training.device import prepare_device


@pytest.mark.parametrize("library", [SimpleNamespace(), SimpleNamespace(mallopt=lambda *setting: 0)])
def test_a_c_library_that_cannot_keep_freed_memory_is_left_as_it_is(library, monkeypatch):
    monkeypatch.setattr(allocator.ctypes, "CDLL", lambda name: library)
    assert prepare_device("cpu", 1) == torch.device("cpu")


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries are left as they are")
def test_freed_memory_is_kept_for_the_next_step():
    code = (
        "from resource import RUSAGE_SELF, getrusage; import torch; from disentangle.training.device import prepare_device\n"
        "{prepare}; torch.ones(10**7); before = getrusage(RUSAGE_SELF).ru_minflt\n"
        "for _ in range(20): torch.ones(10**7)\n"
        "print(getrusage(RUSAGE_SELF).ru_minflt - before)"
    )
    new_pages = {
        prepare: int(subprocess.check_output([sys.executable, "-c", code.format(prepare=prepare)]))
        for prepare in ("pass", "prepare_device('cpu', 1)")
    }
    # None as a rule; a kernel that is short of memory may take some back on its own.
    assert new_pages["prepare_device('cpu', 1)"] < new_pages["pass"] / 2
