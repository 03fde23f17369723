"""Search for networks whose edges all have one weight (Gaier & Ha 2019): the search room beside the training loop.

Nothing here knows a cell, a stage or torch: arrays go in and come out.
"""
