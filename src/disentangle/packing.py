def pack(files, target):
    raise NotImplementedError


def unpack(archive, folder):
    raise NotImplementedError
