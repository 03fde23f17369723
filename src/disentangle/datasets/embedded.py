"""Real-world sets that come inside scikit-learn, so that the default experiment runs offline and needs no folder."""

from pathlib import Path

import numpy as np

from disentangle.datasets.preparation import Raw


def digits(data_dir: Path | None = None) -> Raw:
    """1,797 grey images of handwritten digits, 8 × 8 (UCI Optical Recognition of Handwritten Digits, its test part)."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    return Raw(bunch.images[:, np.newaxis], bunch.target, tuple(map(str, bunch.target_names)))


def breast_cancer(data_dir: Path | None = None) -> Raw:
    """569 biopsies, 30 measured features, malignant or benign (UCI Breast Cancer Wisconsin, Diagnostic)."""
    from sklearn.datasets import load_breast_cancer

    bunch = load_breast_cancer()
    return Raw(bunch.data, bunch.target, tuple(map(str, bunch.target_names)))
