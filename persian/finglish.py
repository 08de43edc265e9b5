"""Persian written in Latin letters («bolvar hedayat 12»), against a list of Persian words.

A word list is indexed by consonant skeleton; a candidate counts only if its vowels fit too, because
skeletons alone are far too alike («sadi» is سعدی, and صد دی).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from persian.letters import folded

# How people write each letter; the first group is the consonant of the skeleton.
_LETTERS: dict[str, tuple[str, str]] = {
    "ا": ("", "(?:aa?|o|oo|u|e)"),
    "ب": ("b", "bb?"),
    "پ": ("p", "pp?"),
    "ت": ("t", "tt?"),
    "ط": ("t", "tt?"),
    "ث": ("s", "(?:ss?|th)"),
    "ج": ("j", "(?:jj?|dj|g)"),
    "چ": ("c", "(?:ch|tch|c)"),
    "ح": ("h", "hh?"),
    "خ": ("x", "(?:kh|x)"),
    "د": ("d", "dd?"),
    "ذ": ("z", "zz?"),
    "ر": ("r", "rr?"),
    "ز": ("z", "zz?"),
    "ژ": ("j", "(?:zh|j)"),
    "س": ("s", "ss?"),
    "ش": ("S", "sh"),
    "ص": ("s", "ss?"),
    "ض": ("z", "zz?"),
    "ظ": ("z", "zz?"),
    "ع": ("", "['’]?[aeiou]?"),
    "غ": ("q", "(?:gh|q|g)"),
    "ف": ("f", "(?:ff?|ph)"),
    "ق": ("q", "(?:gh|q|g)"),
    "ک": ("k", "(?:kk?|c)"),
    "گ": ("g", "gg?"),
    "ل": ("l", "ll?"),
    "م": ("m", "mm?"),
    "ن": ("n", "nn?"),
    "و": ("", "(?:v|w|oo|ou|u|o|ow|vv|va)"),
    "ه": ("h", "(?:hh?|e|eh|)"),
    "ی": ("", "(?:yy?|i|ee|y|iy|ei|ie|)"),
}
_DIGRAPHS = (
    ("tch", "c"),
    ("ch", "c"),
    ("sh", "S"),
    ("kh", "x"),
    ("gh", "q"),
    ("zh", "j"),
    ("ph", "f"),
    ("dj", "j"),
)


def skeleton(latin: str) -> str:
    """The consonants of a Latin word, with v, w, y and h dropped as Persian spells them loosely."""
    word = latin.lower()
    for pair, letter in _DIGRAPHS:
        word = word.replace(pair, letter)
    word = word.replace("g", "q").replace("c", "k") if "S" not in word else word.replace("g", "q")
    word = re.sub(r"[^a-zS]|[aeiouvwyh]", "", word)
    return re.sub(r"(.)\1+", r"\1", word)


def persian_skeleton(word: str) -> str:
    """The skeleton that `skeleton` finds in any Latin spelling of a folded Persian word."""
    consonants = "".join(_LETTERS.get(letter, ("", ""))[0] for letter in word)
    consonants = (
        consonants.replace("g", "q").replace("h", "").replace("c", "k" if "S" not in consonants else "c")
    )
    return re.sub(r"(.)\1+", r"\1", consonants)


@lru_cache(maxsize=8192)
def _pattern(word: str) -> re.Pattern[str]:
    # A short vowel, not written in Persian, may stand after each consonant; an ezafe at the end.
    parts = [_LETTERS[letter][1] + "(?:[aeiou]|)" for letter in word if letter in _LETTERS]
    # «خواجه» is said khaje: the و behind خ is silent before ا.
    for at in range(len(word) - 2):
        if word[at : at + 3] == "خوا":
            parts[at + 1] = "(?:v|w|)"
    return re.compile("".join(parts) + "(?:h|y?e|)")


class FinglishIndex:
    """Folded Persian words (without spaces), found by their Latin spellings."""

    def __init__(self, words: Iterable[str]) -> None:
        self._by_skeleton: dict[str, list[str]] = {}
        for word in sorted(set(words)):
            if word.isalpha():
                self._by_skeleton.setdefault(persian_skeleton(word), []).append(word)

    def read(self, latin: str) -> list[str]:
        """Persian words that `latin` (one word, or several without spaces) can stand for; nearest length first."""
        latin = latin.lower()
        if len(latin) < 3:
            return []
        bare = skeleton(latin)
        found = [word for word in self._by_skeleton.get(bare, ()) if _pattern(word).fullmatch(latin)]
        vowels = len(re.findall(r"aa|oo|ou|[aeiou]", latin))
        return sorted(found, key=lambda word: abs(len(word) - len(bare) - vowels // 2))


_MEANING = {
    "بولوار": "bolvar boolvar bulvar blvar bolwar blvd boulevard bulevar bolvare bulvare bolvarr boolvare boulvar "
    "boulvare bolevar belvar",
    "خیابان": (
        "khiaban khiyaban khiabun khiaboon khiyabon khiabon xiaban xiabun khiabane khiabune khiaboone kh"
        " street st"
    ),
    "کوچه": "kooche kuche koche kouche koocheh koocheye alley kucheye",
    "میدان": (
        "meydan meidan maydan meydun meydoon meidun meydane meydoone meydone square meidane midan midoon"
    ),
    "فلکه": "falake falakeh falakeye",
    "چهارراه": (
        "chaharrah cheharrah cheharrahe charrah chahrah 4rah chaharrahe charahe chararah chaharah charrahe charah"
    ),
    "سهراه": "serah serahe serahi",
    "بزرگراه": "bozorgrah bozorgrahe highway",
    "اتوبان": "otoban autoban otobane",
    "پارک": "park parke parki",
    "بوستان": "bustan boostan boostane bustane bostan",
    "مترو": "metro metroye",
    "ایستگاه": "istgah istgahe eestgah",
    "شهرک": "shahrak shahrake",
    "محله": "mahalle mahale mahalleye mahaleye",
    "کوی": "kooy kuy kooye kuye koy",
    "پل": "pol pole",
    "منطقه": "mantaghe mantaqe mantagheye",
    "تقاطع": "taghato taghatoe taqato",
    "مسجد": "masjed masjede",
    "مدرسه": "madrese madreseye",
    "بیمارستان": "bimarestan bimarestane",
    "دانشگاه": "daneshgah daneshgahe",
    "بازار": "bazar bazare bazaar",
    "پاساژ": "pasazh pasaj",
    "ترمینال": "terminal terminale",
    "پایانه": "payane payaneye",
    "کتابخانه": "ketabkhane ketabkhuneye",
    "فرهنگسرا": "farhangsara farhangsaraye",
    "دبیرستان": "dabirestan dabirestane",
    "درمانگاه": "darmangah darmangahe darmoongah",
    "داروخانه": "darookhane darookhaneye darukhane darukhoone",
    "بانک": "bank banke",
    "پارکینگ": "parking parkinge",
    "شهریور": "shahrivar shahrivare",
    "بهمن": "bahman bahmane",
    "خرداد": "khordad khordade",
    "جاده": "jade jaddeh jadeh jadeye jadde jaddeye",
    "زیرگذر": "zirgozar zirgozare",
    "چهار": "chahar chehar char",
    "راه": "rah rahe",
    "سینما": "cinema sinama",
    "هتل": "hotel hotele",
    "صحن": "sahn sahne",
    "رواق": "ravagh ravaghe",
    "دبستان": "dabestan dabestane",
    "کال": "kal kale",
    "جنگلی": "jangali",
    "پمپبنزین": "pompbenzin",
    "نبش": "nabsh nabshe",
    "روبروی": "roberooye rooberooye roberuye ruberuye roberoye robero roberoo",
    "کنار": "kenare kenar",
    "جلوی": "jeloye jelo jelooye jeloe",
    "پشت": "poshte posht",
    "سر": "sare",
    "دم": "dame",
    "انتهای": "entehaye",
    "ابتدای": "ebtedaye",
    "نزدیک": "nazdike nazdik",
    "بین": "beyne bein beine",
    "حاشیه": "hashieye",
    "در": "dar",
    "تو": "tu too to tuye tooye toye tue tooe",
    "از": "az",
    "به": "be",
    "سمت": "samte samt",
    "تا": "ta",
    "و": "va o",
    "پلاک": "pelak pelake",
    "شهید": "shahid shahide",
    "دکتر": "doctor doktor dr",
    "امام": "emam imam",
    "شمالی": "shomali",
    "جنوبی": "jonubi jonoubi jonoobi",
    "شرقی": "sharghi",
    "غربی": "gharbi",
    "اول": "aval avale avval",
    "طرف": "taraf tarafe",
    "حوالی": "havali havalie",
    "محدوده": "mahdoode",
    "شرکت": "sherkat sherkate",
    "بیمه": "bime bimeye",
    "مغازه": "maghaze maghazeye",
    "اداره": "edare edareye",
    "ورزشگاه": "varzeshgah varzeshgahe",
    "مجتمع": "mojtama mojtame mojtamae",
    "برج": "borj borje",
    "ساختمان": "sakhteman sakhtemane sakhtemoon sakhtemoone sakhtemun",
    "روستای": "roosta roostaye rustaye",
    "بنبست": "bonbast bonbaste",
    "حسینیه": "hoseinie hoseiniye hosseinie hosseiniye",
    "نرسیده": "nareside naraside",
    "قبل": "ghabl ghable",
    "بالاتر": "balatar balatare",
    "ضلع": "zelle zele",
    "ورودی": "voroodi vorudi voroodie vorudie",
    "خروجی": "khorooji khoroji khoruji khoroojie",
    "متری": "metri",
    "بلوک": "block blok bloke",
    "فاز": "faz faze phase",
    "قدیم": "ghadim ghadime",
    "دوم": "dovom dovvom dovome",
    "سوم": "sevom sevvom sevome",
    "تقی": "taghi",
}
PLACE_WORDS: dict[str, str] = {
    latin: folded(persian) for persian, spellings in _MEANING.items() for latin in spellings.split()
}
"""Latin spellings of type words, relations, prepositions and titles -> the folded Persian word."""
