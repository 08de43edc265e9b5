"""The words around place names, folded: type words, relations, titles, units, numbers.

Lists are written as people write them and folded once at import.
"""

from __future__ import annotations

from persian.letters import folded


def _set(words: str) -> frozenset[str]:
    return frozenset(folded(word) for word in words.split())


def _phrases(phrases: str) -> frozenset[str]:
    """Phrases parted by commas as keys without spaces."""
    return frozenset(folded(phrase).replace(" ", "") for phrase in phrases.split("،"))


_TYPES_BY_KIND = {
    "street": (
        "بولوار=بلوار، بولوار، بلوارد، بولوارد، بولواره، بلوارر؛ خیابان=خیابان، خیابون، خیابونه، "
        "خیابانه، خیابونای، خیابانهای، خ؛ جاده=جاده؛ محور=محور"
    ),
    "alley": "کوچه=کوچه، کوچ، کوچۀ؛ بن‌بست=بن‌بست؛ فرعی=فرعی",
    "highway": "بزرگراه=بزرگراه، بزرگ‌راه، اتوبان؛ آزادراه=آزادراه؛ کمربندی=کمربندی؛ کندراه=کندراه",
    "square": (
        "میدان=میدان، میدون، میدانه، میدونه، م؛ فلکه=فلکه؛ چهارراه=چهارراه، چارراه، ۴راه، چهار راهی؛ "
        "سه‌راه=سه‌راه، سه‌راهی، ۳راه، ۳راهی؛ تقاطع=تقاطع، تقاطع غیرهمسطح؛ دوراهی=دوراهی"
    ),
    "park": "بوستان=پارک، بوستان، پارک جنگلی، بوستان جنگلی؛ باغ=باغ",
    "metro_station": "ایستگاه مترو=ایستگاه مترو، متروی، مترو، ایستگاه قطار شهری، ایستگاه متروی",
    "neighbourhood": "محلهٔ=محله، محله‌ی؛ شهرک=شهرک؛ کوی=کوی؛ روستای=روستای",
    "landmark": (
        "پل=پل، پل هوایی، پل عابر، پل عابر پیاده؛ زیرگذر=زیرگذر؛ روگذر=روگذر؛ مسجد=مسجد؛ "
        "حسینیه=حسینیه؛ مدرسه=مدرسه؛ دبستان=دبستان؛"
        "دبیرستان=دبیرستان؛ بیمارستان=بیمارستان؛ درمانگاه=درمانگاه؛ پاساژ=پاساژ؛ مجتمع=مجتمع، "
        "مجتمع مسکونی، مجتمع تجاری؛ بازار=بازار،"
        "بازار روز، جمعه بازار؛ بازارچه=بازارچه؛ ترمینال=ترمینال؛ پایانه=پایانه، پایانه اتوبوس، "
        "پایانه مسافربری؛ کتابخانه=کتابخانه، کتابخونه؛"
        "دانشگاه=دانشگاه؛ پمپ بنزین=پمپ بنزین؛ هتل=هتل، هتل آپارتمان؛ برج=برج؛ "
        "فرهنگسرا=فرهنگسرا، فرهنگسرای؛ ورزشگاه=ورزشگاه،"
        "استادیوم؛ سینما=سینما؛ آرامگاه=آرامگاه، آرامستان؛ صحن=صحن؛ رواق=رواق؛ بست=بست؛ کال=کال؛"
        " سالن=سالن، سالن ورزشی؛"
        "ایستگاه=ایستگاه، ایستگاه اتوبوس؛ مهدکودک=مهدکودک؛ استخر=استخر؛ پارکینگ=پارکینگ؛ "
        "اراضی=اراضی؛ تپه=تپه؛ گردنه=گردنه؛ آتش‌نشانی=آتش‌نشانی؛ کارخانه=کارخانه، کارخونه"
    ),
}

TYPES: dict[str, tuple[str, str]] = {
    folded(form).replace(" ", ""): (kind, canonical.strip().split("=")[0])
    for kind, groups in _TYPES_BY_KIND.items()
    for canonical in groups.split("؛")
    for form in canonical.split("=")[1].split("،")
}
"""Type word without spaces -> (kind, the word as we write it)."""
ABBREVIATED = _set("خ م")
# Before these, an unknown word is a name only with a number or title: «باغ گیلاس», «بست نشسته», «کوچ کرد».
NEEDS_KNOWN = _set(
    "باغ بست کوچ محور فرعی پل برج سالن استخر پارکینگ پارک مجتمع محله تپه آتش‌نشانی آتشنشانی ایستگاه "
    "مترو بن‌بست صحن کال تقاطع"
)
# These are places only by what stands around them, when no name follows.
NUMBERED_WITHOUT_NAME = ("alley", "street")

TITLES = _set("شهید شهیدان دکتر سردار استاد امام حضرت آیت‌الله علامه شیخ سید حاج ملا میرزا مهندس سرلشکر") | {
    "ایت",
    "الله",
}
DIRECTIONS = _set("شمالی جنوبی شرقی غربی")

RELATIONS = _phrases(
    "نبش، نبشِ، روبه‌روی، روبروی، روبه‌رو، روبرو، مقابل، جنب، کنار، کناره، پشت، جلوی، جلو، جلوه،"
    " انتهای، ابتدای، اول، آخر، ته، نرسیده به، "
    "بعد از، قبل از، تقاطع، بین، مابین، ما بین، حدفاصل، حد فاصل، نزدیک، نزدیکی، نزدیکای، نزدیکه،"
    " حاشیه، سر، دم، بغل، حوالی، اطراف، "
    "محدوده، ورودی، خروجی، بالاتر از، پایین‌تر از، ضلع شمالی، ضلع جنوبی، ضلع شرقی، ضلع غربی، "
    "رفوژ، وسط، زیر، مسیر، ضلع"
)
"""Words that belong to the span of the place they stand before (and make any name certain)."""
BETWEEN = _phrases("بین، مابین، ما بین، حدفاصل، حد فاصل، تقاطع")
STRONG = _set("سمت طرف محله محدوده حوالی اطراف نزدیکی نزدیکای ساکن اهالی ساکنین ساکنان مسیر ناحیه نبش")
PREPOSITIONS = _set("در تو توی توو از به تا داخل ته روی رو مسیر طرف طرفای سمت خط برای واسه دور ب")

UNITS = _set(
    "سال ساله سالشه روز روزه روزی ماه ماهه ماهی هفته ساعت ساعته دقیقه ثانیه نفر نفره نفری بار "
    "دفعه متر متری مترمربع کیلو کیلومتر کیلومتری سانت سانتی "
    "تومن تومان تومنی ریال هزار میلیون میلیارد درصد عدد دستگاه واحد واحدی طبقه خانوار خانواده شب"
    " صبح ظهر عصر بعدازظهر مورد قطعه تن لیتر کیلوی "
    "گرم برابر فروردین اردیبهشت خرداد تیر مرداد شهریور آبان آذر دی بهمن اسفند شنبه رکعت بیت نوبت"
    " درجه مگ گیگ هکتار حلقه تیکه بچه تومنه "
    "اصله راس سر تایی نفریم نفریم سالمه ساله‌ام رقمی حرفی چرخ ستاره پله گانه ضلعی"
) | _set(
    "saat rooz ruz mah sal nafar tooman toman hezar metr kilo daghighe bar ta shab sobh hafte milion"
    " milyon salame sale"
)

DAYTIMES = _set("شب صبح ظهر عصر بعدازظهر شبا شبها صبحا")
"""Behind the number of a known street these go on with the sentence: «عبادی ۶۳ شب تا صبح»."""
SHORT_CARDINALS = _set("نه یک دو سه ده")
"""Cardinals that are other words too, or count what follows: «بهشت رضا نه», «پارک بسیج یک تاب»."""
ADDRESSING = _set("آقای خانم جناب سرکار مهندس دکتر مرحوم آقا خانوم حاج امام حضرت سید")
"""A person's name follows."""

SERVICE_NUMBERS = _set(
    "110 112 113 114 115 118 121 122 123 125 129 131 132 133 134 135 136 137 190 192 194 197"
)
"""Telephone numbers of services."""
DISTRICT_WORDS = _set("منطقه منظقه منطقع منتقه منطفه")
VERB_ENDINGS = tuple(
    _set(
        "یدم ستم ندم ردم دیم ستیم ندیم ختن شتن ردن ستن یدن مم ریم نیم یند رند کنن شونو اشو هاش "
        "هامون ترم انمان دارن "
        "ایسم نمیان مون تون شون هامو هاشو هایی ترین ورم"
    )
)
"""No name ends so; many verbs and «…مان» words do."""
LATIN_VERBS = ("mi", "nemi", "nami")

# Behind these a name follows, unless the word only describes.
SURE_TYPES = ("بولوار", "بوستان")
DESCRIBING = _set(
    "شلوغ شلوغه خراب خرابه قدیمی جدید بزرگ کوچک کوچیک خلوت بالایی پایینی اطراف کناری مورد مجاور مذکور پشتی روبرویی "
    "عریض طولانی نزدیکترین همیشه هنوز گل چمن درخت درختان تاب نیمکت نیمکت‌ها نیمکتها وسط سر ته کثیف تمیز بدون زیبا "
    "سرسبز محلی جنگلی خطی شهری کودک بانوان خانواده عمومی تازه نیمه نیمه‌کاره مرکزی مسکونی یکطرفه دوطرفه فعلا "
    "محلمون محله‌مون محله‌ی محلشون کنارمون روبروی روبه‌روی جلوی پشت کنار تاریکه تاریک ترک رفتم برم خشک وعده نرمش ورزش قدم"
)

HARD_STOPS = _set(
    "ما شما من تو او این اون همین همون آن ایشان مون تون شون مان تان شان خود خودم خودمون خیلی "
    "بسیار که رو را از به در با و یا تا هم هر هیچ همه چند چه چرا کی کجا "
    "است هست نیست شده شد بود باشد باشه کرد کرده کنید کنن کنه دارد داره دارن ندارد نداره داریم می"
    " نمی های ها ای ی یک یه دو سه اصلی فرعی محل محله محلمون محلمان "
    "مشهد شهر شهرداری منطقه ناحیه کوچه خیابان خیابون بلوار بولوار پلاک شماره خط ساعت حدود تقریبا"
    " کد واحد طبقه روز ماه سال سلام لطفا بعد قبل بالای پایین برای واسه تاریک باریک پشتی "
    "اتوبوس پیامک تلفن تماس سایت ویدیو عکس صفحه سامانه نسخه کلاس سن سنم بچه نوبت قسط بند ماده "
    "تبصره مبلغ دستگاه موتور بلوک فاز دور حداقل حداکثر نزدیک مدل بیش بیشتر کمتر حتی هنوز الان "
    "فقط اینا اونا"
)
LATIN_STOPS = _set(
    "ma shoma khodemoon mahale mahalle ke ro ra o va az be ba ta hast dare nadare ye yek in un "
    "oon hame har man to tu tooye too asli kheyli kheili khaili line bus saat pelak shomare "
    "number ast nist shode mishe lotfan salam darim daran nadarim baz khuneye khoone khune khane"
    " khaneye khonamoon khoonamoon dame omade"
)


def _numbers(words: str, first: int, step: int = 1) -> dict[str, int]:
    return {folded(word): first + step * index for index, word in enumerate(words.split())}


TENS = _numbers("بیست سی چهل پنجاه شصت هفتاد هشتاد نود", 20, 10)
NUMBER_WORDS = {
    **_numbers(
        ("یک دو سه چهار پنج شش هفت هشت نه ده یازده دوازده سیزده چهارده پانزده شانزده هفده هجده نوزده"), 1
    ),
    **_numbers("چار پنچ شیش", 4),
    **_numbers("پونزده شونزده هیفده هیژده", 15),
    **TENS,
    "صد": 100,
}
ORDINAL_WORDS = {
    **_numbers("اول دوم سوم", 1),
    "یکم": 1,
    **{word + "م": value for word, value in NUMBER_WORDS.items() if value > 3},
}
