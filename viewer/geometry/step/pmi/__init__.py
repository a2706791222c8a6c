"""Semantic product manufacturing information of a STEP file (ISO 10303-242; before it AP203 edition 2 and AP214).

Read from the exchange text itself: the kernel gives fewer tolerances than there are, loses signs of deviations and all that
ASME Y14.5 says beyond the common. The kernel says which of its faces an instance became.
"""
