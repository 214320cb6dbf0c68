"""Cards read as numbers: their formulas evaluated, their constants taken from the text.

Not read: titles, papers and equations; and of the conventions the words, and formulas among them but for their
numbers. Factors in words, "half" or "doubled", are numbers.
"""
