"""Every test computes on one thread: on arrays as small as theirs a second one only waits, and burns a core."""

import os

for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ[f"{library}_NUM_THREADS"] = "1"
