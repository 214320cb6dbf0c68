"""Known results, made again: each by one command, in either framework.

python -m experiments.known dirac-gan
"""
