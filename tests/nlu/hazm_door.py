"""Runs in .venv-rasa: a text (JSON) a line in, its words [start, end, standard, kind] a line out."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from nlu.hazm_words import shared
from nlu.words import read_words

split = shared().split
print("ready", flush=True)
for line in sys.stdin:
    words = read_words(json.loads(line), split)
    print(json.dumps([[w.start, w.end, w.standard, w.kind] for w in words]), flush=True)
