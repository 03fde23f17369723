"""stub"""
from disentangle.sources import sources, imported, digest as _d, checksum
def digest(*addresses): return _d(sources(*[a.split(":")[0] for a in addresses]))
def script_addresses(p): return list(imported(p))
