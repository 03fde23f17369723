"""Weight profiles: the sorted weights of each unit, what chance makes of them, and whether values or places matter.

Source: Qiu & Suda 2020, section 2 (profiles drawn for pretrained networks). The nulls, and the transplants that a picture of
sorted weights cannot replace, are our design after the objection of the paper's reviewers: sorted samples of a Gaussian, or of
many other distributions, look the same.
"""
