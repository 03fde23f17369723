"""Which device to use, found out without importing torch: ``snakemake -n`` should not wait for that."""

import os
import runpy
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import get_args

from disentangle.config import Device
from disentangle.errors import choose


def planned_device(device: str) -> str:
    """The device to use, cpu or cuda: with auto, cuda where there is a GPU and torch is built for it, else cpu.

    A GPU that torch is not built for is told on stderr. Raises InputError for a name that is none of the three.
    """
    if choose(device, get_args(Device), "device") != "auto":
        return device
    if not gpu_present():
        return "cpu"
    if built_for_cuda():
        return "cuda"
    print(
        "a GPU is listed but this torch cannot use it; training on the CPU: install a CUDA build of torch to use it.",
        file=sys.stderr,
    )
    return "cpu"


def gpu_present() -> bool:
    """Whether NVIDIA's driver lists a GPU that CUDA_VISIBLE_DEVICES does not hide."""
    if os.environ.get("CUDA_VISIBLE_DEVICES", "0").strip() in ("", "-1"):
        return False
    if lister := shutil.which("nvidia-smi"):
        try:
            answer = subprocess.run([lister, "-L"], capture_output=True, text=True, check=False, timeout=10)
        except (OSError, subprocess.TimeoutExpired):
            return False
        return answer.returncode == 0 and "GPU " in answer.stdout
    return any(Path("/dev").glob("nvidia[0-9]*"))


def built_for_cuda() -> bool:
    """Whether the installed torch is a CUDA build, which the file beside it that holds its version says.

    Where torch is not installed, jobs run in an environment of their own, which is taken to fit the machine.
    """
    torch = find_spec("torch")
    if torch is None or torch.origin is None:
        return True
    return runpy.run_path(str(Path(torch.origin).with_name("version.py"))).get("cuda") is not None
