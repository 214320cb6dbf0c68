"""``python -m diptych_lab.demo --out demo``: one method in two frameworks from one start, on one page."""
