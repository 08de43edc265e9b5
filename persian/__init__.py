"""Persian text without dependencies: the only package used on both sides of the wall.

Standard library only, Python 3.10+.

- `letters` folds spelling variants, `offsets` keeps the way back to the citizen's own text, `digits`
- `tracking`: tracking numbers and their check digit; `typos`: one edit beside a known word
- `gazetteer` (`gazetteer_files`, `geo`): the places of Mashhad; `locations` finds them in messages
  (`place_tokens` -> `place_reader` -> `place_parser`, with `lane_numbers`, `place_words`, `finglish`)
"""
