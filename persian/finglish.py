"""Persian written in Latin letters («bolvar hedayat 12»), against a list of Persian words.

A word list is indexed by consonant skeleton; a candidate counts only if its vowels fit too, because
skeletons alone are far too alike («sadi» is سعدی, and صد دی).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from persian.letters import folded

# The consonant of the skeleton, and how people write the letter (-: not at all).
_LETTERS: dict[str, tuple[str, str]] = {
    "ا": ("", "a aa o oo u e"),
    "ب": ("b", "b bb"),
    "پ": ("p", "p pp"),
    "ت": ("t", "t tt"),
    "ط": ("t", "t tt"),
    "ث": ("s", "s ss th"),
    "ج": ("j", "j jj dj g"),
    "چ": ("c", "ch tch c"),
    "ح": ("h", "h hh"),
    "خ": ("x", "kh x"),
    "د": ("d", "d dd"),
    "ذ": ("z", "z zz"),
    "ر": ("r", "r rr"),
    "ز": ("z", "z zz"),
    "ژ": ("j", "zh j"),
    "س": ("s", "s ss"),
    "ش": ("S", "sh"),
    "ص": ("s", "s ss"),
    "ض": ("z", "z zz"),
    "ظ": ("z", "z zz"),
    "ع": ("", "- a e i o u"),
    "غ": ("q", "gh q g"),
    "ف": ("f", "f ff ph"),
    "ق": ("q", "gh q g"),
    "ک": ("k", "k kk c"),
    "گ": ("g", "g gg"),
    "ل": ("l", "l ll"),
    "م": ("m", "m mm"),
    "ن": ("n", "n nn"),
    "و": ("", "v w oo ou u o ow vv va"),
    "ه": ("h", "h hh e eh -"),
    "ی": ("", "y yy i ee y iy ei ie -"),
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


_WRITTEN = {
    letter: tuple("" if way == "-" else way for way in ways.split()) for letter, (_, ways) in _LETTERS.items()
}
_SHORT_VOWELS = "aeiou"
_ENDINGS = frozenset(("", "h", "e", "ye"))  # an ezafe, or an h nobody hears


def _fits(word: str, latin: str) -> bool:
    """Whether `latin` can be a spelling of a folded Persian word: all ways of writing it are followed at once."""
    ends = {0}
    for at, letter in enumerate(word):
        if letter not in _WRITTEN:
            continue
        # «خواجه» is said khaje: the و behind خ is silent before ا.
        silent = letter == "و" and word[at - 1 : at + 2] == "خوا" and at > 0
        ways = ("v", "w", "") if silent else _WRITTEN[letter]
        reached = set()
        for end in ends:
            for way in ways:
                if latin.startswith(way, end):
                    after = end + len(way)
                    reached.add(after)
                    # A short vowel, not written in Persian, may stand after each letter.
                    if not silent and latin[after : after + 1] in _SHORT_VOWELS and after < len(latin):
                        reached.add(after + 1)
        if not reached:
            return False
        ends = reached
    return any(latin[end:] in _ENDINGS for end in ends)


class FinglishIndex:
    """Folded Persian words (without spaces), found by their Latin spellings."""

    def __init__(self, words: Iterable[str]) -> None:
        self._by_skeleton: dict[str, list[str]] = {}
        for word in sorted(set(words)):
            if word.isalpha():
                self._by_skeleton.setdefault(persian_skeleton(word), []).append(word)

    def read(self, latin: str) -> list[str]:
        """Persian words that `latin` (one word, or several without spaces) can stand for; nearest length first."""
        latin = latin.lower().replace("'", "").replace("’", "")
        if len(latin) < 3:
            return []
        bare = skeleton(latin)
        found = [word for word in self._by_skeleton.get(bare, ()) if _fits(word, latin)]
        vowels = len(re.findall(r"aa|oo|ou|[aeiou]", latin))
        last = latin[-1] in "iy"  # «azadi» is آزادی and not آزاد
        return sorted(
            found, key=lambda word: (last and word[-1] != "ی", abs(len(word) - len(bare) - vowels // 2))
        )

    def spells(self, latin: str) -> bool:
        """True where `latin` can stand for a word of about its length; quicker than `read`."""
        if len(latin) < 3:
            return False
        bare = skeleton(latin)
        length = len(bare) + len(re.findall(r"aa|oo|ou|[aeiou]", latin)) // 2
        near = (word for word in self._by_skeleton.get(bare, ()) if abs(len(word) - length) <= 1)
        return any(_fits(word, latin) for word in near)


_MEANING = {
    "بولوار": (
        "boulevar boulvard bolvard bolvar boolvar bulvar blvar bolwar blvd boulevard bulevar bolvare bulvare "
        "bolvarr boolvare boulvar boulvare bolevar belvar"
    ),
    "خیابان": (
        "khiaban khiyaban khiyabun khiyaboon khiabun khiaboon khiyabon khiabon xiaban xiabun khiabane "
        "khiabune khiaboone kh"
        " street st"
    ),
    "کوچه": "kooche koochye kuchye kuche koche kouche koocheh koocheye alley kucheye",
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
    "ضلع": "zelle zele zel",
    "ورودی": "voroodi vorudi voroodie vorudie voroudi",
    "خروجی": "khorooji khoroji khoruji khoroojie khorouji",
    "متری": "metri",
    "بلوک": "block blok bloke",
    "فاز": "faz faze phase",
    "قدیم": "ghadim ghadime",
    "دوم": "dovom dovvom dovome",
    "سوم": "sevom sevvom sevome",
    "تقی": "taghi",
    "نانوایی": "nanvayi nanvaei nanvaee noonvayi nunvayi nanvai",
    "دانشکده": "daneshkade daneshkadeye",
    "کارخانه": "karkhane karkhaneye karkhoone karkhooneye",
    "مقابل": "moghabele moghabel",
    "آخر": "akhare",
    "ته": "tahe",
    "بغل": "baghale baghal",
    "جنب": "janb jonb janbe jonbe jambe",
    "حدفاصل": "hadefasel hadfasel hadefasele",
    "پزشکی": "pezeshki",
    "صادرات": "saderat",
    "ملی": "melli",
    "سپه": "sepah",
    "تجارت": "tejarat",
    "زیر": "zire",
}
PLACE_WORDS: dict[str, str] = {
    latin: folded(persian) for persian, spellings in _MEANING.items() for latin in spellings.split()
}
"""Latin spellings of type words, relations, prepositions and titles -> the folded Persian word."""
