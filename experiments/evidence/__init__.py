"""Does every method work?  Each in both frameworks, by its recipe, on data with a known truth and on images.

python -m experiments.evidence tune --only ring --jobs 2
python -m experiments.evidence run --only ring --seeds 0 --jobs 2
python -m experiments.evidence page
"""
