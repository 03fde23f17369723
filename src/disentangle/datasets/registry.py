"""The data sets: name -> "module:function" that reads the raw set. A new one is a function and its line here."""

DATASETS = {
    "digits": "disentangle.datasets.embedded:digits",
    "breast_cancer": "disentangle.datasets.embedded:breast_cancer",
}
