"""What the machine that plans has, found out without importing torch: ``snakemake -n`` should not wait for that."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Literal

from disentangle.config import Device


def planned_device(device: Device) -> Literal["cpu", "cuda"]:
    """The device that jobs of a plan made here use: with auto, cuda where there is a GPU, else cpu."""
    return ("cuda" if gpu_present() else "cpu") if device == "auto" else device


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
