"""Understanding: Rasa components (in `nlu.components`), and the plain parts they are made of.

Only the modules of `nlu.components`, `nlu.train` and `nlu.batch` import Rasa; everything else runs on any
Python 3.10+ (numpy and scikit-learn where a module says so).
"""
