"""Persian text without dependencies: the only package used on both sides of the wall.

Standard library only, Python 3.10+. `letters` folds spelling variants and keeps offsets into the
citizen's own text, `digits` reads and writes digits, `tracking` makes and checks tracking numbers,
`gazetteer` finds the places of Mashhad.
"""
