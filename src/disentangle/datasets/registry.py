"""The data sets: name -> "module:function" that reads the raw set. A new one is a function and its line here."""

DATASETS = {
    "digits": "disentangle.datasets.embedded:digits",
    "breast_cancer": "disentangle.datasets.embedded:breast_cancer",
    "mnist": "disentangle.datasets.idx:mnist",
    "fashion_mnist": "disentangle.datasets.idx:fashion_mnist",
    "mnist_unit": "disentangle.datasets.idx:mnist_unit",
    "fashion_mnist_unit": "disentangle.datasets.idx:fashion_mnist_unit",
    "mnist_mean_image": "disentangle.datasets.idx:mnist_mean_image",
    "fashion_mnist_mean_image": "disentangle.datasets.idx:fashion_mnist_mean_image",
    "mnist16": "disentangle.datasets.deskewed:mnist16",
    "fashion_mnist16": "disentangle.datasets.deskewed:fashion_mnist16",
    "mnist_shuffled": "disentangle.datasets.idx:mnist_shuffled",
    "cifar10": "disentangle.datasets.cifar10:cifar10",
    "cifar10_raw": "disentangle.datasets.cifar10:cifar10_raw",
    "imagenet": "disentangle.datasets.imagenet:imagenet",
}

STREAMED = {"imagenet"}
"""Sets whose images stay in their folder: their training needs processes that read them, and more memory and time."""

CLASSES = {False: "disentangle.datasets.in_memory:InMemory", True: "disentangle.datasets.streamed:Streamed"}
"""The class of the splits of a set that is not streamed, and of one that is; by name, so that each decides only its sets."""
