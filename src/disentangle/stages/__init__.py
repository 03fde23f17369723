"""The stages of the pipeline, a file each: read files, call the rooms, write files, leave a record.

What a stage imports, here or inside its function, is the code that decides its products (see `disentangle.sources`).
"""
