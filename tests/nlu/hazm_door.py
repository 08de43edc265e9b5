"""Runs in .venv-rasa: a text (JSON) a line in, its words [start, end, standard, kind] a line out.

With a list of one text, what hazm's own normaliser and tokenizer make of it, and what our quicker way does.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from hazm import Normalizer, WordTokenizer

from nlu.hazm_words import shared
from nlu.words import read_words

hazm, normalizer, tokenizer = shared(), Normalizer(), WordTokenizer()
split = hazm.split_with_lemmas
print("ready", flush=True)
for line in sys.stdin:
    asked = json.loads(line)
    if isinstance(asked, list):
        theirs, ours = normalizer.normalize(asked[0]), hazm._quick.normalize(asked[0])
        tokens = tokenizer.tokenize(theirs), tokenizer.join_verb_parts(hazm._quick.parted(theirs))
        print(json.dumps([theirs, ours, *tokens]), flush=True)
        continue
    words = read_words(asked, split)
    print(json.dumps([[w.start, w.end, w.standard, w.kind] for w in words]), flush=True)
