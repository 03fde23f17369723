"""Tables: the cells' results stacked, and what the statistics say of them written for machines and for readers."""
