"""Large blocks go back to the system."""

import platform
import subprocess
import sys

import pytest

from libs.runtime.memory import LARGE_BLOCK

RESIDENT_AFTER_PAGES = f"""
import re
from libs.runtime.memory import return_large_blocks

def resident():
    return int(re.search(r"VmRSS:\\s+(\\d+)", open("/proc/self/status").read()).group(1))

assert return_large_blocks()
kept = [bytearray(b"x") * (16 * {LARGE_BLOCK})]
kept.clear()  # glibc would now raise its threshold
before = resident()
pages, small = [], []
for _ in range(40):
    pages.append(bytearray(b"x") * (2 * {LARGE_BLOCK}))
    small.append(bytearray(b"x") * 4000)
pages.clear()
print(resident() - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc is told")
def test_pages_that_came_and_went_leave_nothing_behind():
    ran = subprocess.run([sys.executable, "-c", RESIDENT_AFTER_PAGES], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert int(ran.stdout) < 2048, "kilobytes that stayed"
