"""How this room compiles its loops.

Numba keeps what it compiled beside the source and looks only at the file of a function to tell whether it is still current. So
a compiled function calls none of another file and reads no constant of one: what it needs comes as an argument.
"""

from collections.abc import Callable
from typing import TypeVar, cast

from numba import njit

Function = TypeVar("Function", bound=Callable[..., object])


def compiled(function: Function) -> Function:
    """The function, compiled at its first call in a clone: threads run it side by side, and a x b + c is rounded once."""
    return cast(Function, njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})(function))
