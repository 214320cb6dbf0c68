"""The talk's last chapter: dual, primal and hybrid methods on the same data, with the same generator and budget.

    python -m experiments.precision_recall run --only toy --seeds 0 --jobs 2
    python -m experiments.precision_recall page

Tolstikhin, "Implicit generative models: dual vs. primal approaches", MLSS 2017.
"""
