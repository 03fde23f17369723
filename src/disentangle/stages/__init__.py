"""The stages of the pipeline, one function each: read files, call the rooms, write files, leave a record."""
