"""Runs the panel's script tests, which are JavaScript, under node."""

import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
MODULES = HERE.parents[2] / "deploy" / "sales-solution" / "node_modules"


def test_the_panels_scripts_pass_their_own_tests() -> None:
    node = shutil.which("node")
    if node is None or not MODULES.is_dir():
        pytest.skip("needs node, and npm ci in deploy/sales-solution (make setup-tests does both)")
    command = [node, "--test", "--test-reporter=tap", str(HERE / "scripts.test.js")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "\n# fail 0" in done.stdout
    assert "\n# pass 0" not in done.stdout
