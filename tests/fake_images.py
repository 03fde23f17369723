"""Tiny stand-ins for the published image sets, in torchvision's layout, and a local server with mirrors of every kind."""

import gzip
import hashlib
import io
import pickle
import struct
import tarfile
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np

from disentangle.datasets import cifar10
from disentangle.datasets.published import FILES
from disentangle.datasets.torchvision_import import torchvision_datasets

TRAIN, TEST = 60, 20


def md5(content):
    return hashlib.md5(content).hexdigest()


def images(count, *shape, seed=0):
    """Random pixels, and labels 0 to 9 in turn."""
    return np.random.default_rng(seed).integers(0, 256, (count, *shape), dtype=np.uint8), np.arange(count, dtype=np.uint8) % 10


def idx_files(monkeypatch, name, seed):
    """Contents by path of a small MNIST-like set; from now on they are the published ones."""
    contents = {}
    for file in FILES[name]:
        count = TRAIN if "train" in file else TEST
        pixels, labels = images(count, 28, 28, seed=seed + count)
        labels = labels if "train" in file else labels[::-1]  # so that neither split's labels pass for the other's
        header = struct.pack(">4i", 0x803, count, 28, 28) if "images" in file else struct.pack(">2i", 0x801, count)
        contents[file] = header + (pixels if "images" in file else labels).tobytes()
    monkeypatch.setitem(FILES, name, {file: md5(content) for file, content in contents.items()})
    return contents


def packed_idx(monkeypatch, contents):
    """The same as a mirror has them: gzip files by name."""
    packed = {file.split("/")[-1] + ".gz": gzip.compress(content, mtime=0) for file, content in contents.items()}
    monkeypatch.setattr(torchvision_datasets().MNIST, "resources", [(file, md5(c)) for file, c in packed.items()])
    return packed


def npz_arrays(monkeypatch):
    """Arrays by path of a small packed CIFAR-10; from now on they are the known ones."""
    monkeypatch.setattr(cifar10, "BATCH", TEST)
    arrays, sums = {}, {}
    for file, count in (("cifar10/train.npz", TRAIN), ("cifar10/test.npz", TEST)):
        pixels, labels = images(count, 32, 32, 3, seed=count)
        arrays[file] = {"images": pixels, "labels": labels}
        exact = np.arange(count) != 7
        if "test" in file:
            arrays[file]["exact"] = exact
        binary = np.concatenate([labels[:, None], pixels.transpose(0, 3, 1, 2).reshape(count, -1)], axis=1)
        parts = [binary[i : i + TEST].tobytes() for i in range(0, count, TEST)]
        sums[file] = tuple(md5(part + (exact.tobytes() if "test" in file else b"")) for part in parts)
    monkeypatch.setattr(cifar10, "CONTENT", sums)
    return arrays


def batch_files(monkeypatch):
    """Contents by path of small pickled CIFAR-10 batches; from now on they are the published ones."""
    contents = {}
    for number, file in enumerate(FILES["cifar10"]):
        pixels, labels = images(TEST, 3072, seed=number)
        entry = {"data": pixels, "labels": labels.tolist()} if "batch_" in file or "test" in file else {}
        contents[file] = pickle.dumps(entry or {"label_names": list(cifar10.CLASSES)})
    sums = {file: md5(content) for file, content in contents.items()}
    monkeypatch.setitem(FILES, "cifar10", sums)
    published, named = torchvision_datasets().CIFAR10, [[file.split("/")[1], total] for file, total in sums.items()]
    monkeypatch.setattr(published, "train_list", named[:5])
    monkeypatch.setattr(published, "test_list", named[5:6])
    monkeypatch.setattr(published, "meta", published.meta | {"md5": named[6][1]})
    return contents


def tar(contents):
    """A tar.gz of these files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for file, content in contents.items():
            member = tarfile.TarInfo(file)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def write(root, contents):
    """Leave contents below a root, and say which."""
    for file, content in contents.items():
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_bytes(content)
    return root


def write_npz(root, arrays):
    for file, parts in arrays.items():
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        np.savez(root / file, **parts)
    return root


@contextmanager
def mirrors(contents):
    """Base address of a server on this machine; /good/, /altered/ and /cut/ send files so, anything else is 404.

    ``asked`` lists the paths it was asked for.
    """
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            _, kind, file = self.path.split("/", 2)
            content = contents.get(file)
            if content is None or kind not in ("good", "altered", "cut"):
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            sent = {"good": content, "altered": content[:-1] + bytes([content[-1] ^ 1]), "cut": content[: len(content) // 2]}
            self.wfile.write(sent[kind])

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()
            thread.join()
