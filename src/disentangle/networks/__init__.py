"""Networks: layer layouts, pure functions of (effective weights, inputs). No network knows a family."""

from disentangle.networks.layout import Layer, Layout, Network
from disentangle.networks.registry import layout, rebuild

__all__ = ["Layer", "Layout", "Network", "layout", "rebuild"]
