"""Where a conversation may stand, by name, for the table of steps (`steps.yml`)."""

from __future__ import annotations

from dataclasses import replace

from actions.position import Draft, Offer, Position, Question

SANABAD = {"text": "سناباد ۱۲", "name": "سناباد ۱۲", "kind": "street", "district": "1"}
UNKNOWN_PLACE = {
    "text": "پشت ساختمان کریمی",
    "name": "پشت ساختمان کریمی",
    "kind": "written",
    "district": None,
}

PIN = {"lat": 36.2985, "lon": 59.5785, "district": "1", "kind": "pin", "text": "", "name": "سناباد"}

HOLE = Draft(
    id="d",
    words=("چالهٔ بزرگ",),
    service="asphalt_repair",
    predicted="asphalt_repair",
    guesses=("asphalt_repair", "flooding", "gutter_channel"),
    place=SANABAD,
    attributes={"damage": "pothole"},
)
UNSURE = Draft(
    id="d",
    words=("خرابی",),
    guesses=("asphalt_repair", "flooding", "gutter_channel"),
    predicted="asphalt_repair",
)
BOTH = Draft(
    id="d",
    words=("سطل زباله سر وکیل آباد ۱۲ سوخته، یکی هم درخت جلوی خونمون (وکیل آباد ۱۴) افتاده",),
    guesses=("not_ours_power", "tree_hazard", "garbage_bin"),
    predicted="not_ours_power",
    place={
        "text": "وکیل آباد ۱۲، وکیل آباد ۱۴",
        "name": "بولوار وکیل‌آباد ۱۲، بولوار وکیل‌آباد ۱۴",
        "kind": "street",
        "district": None,
        "parts": [
            {
                "name": "بولوار وکیل‌آباد ۱۲",
                "text": "وکیل آباد ۱۲",
                "kind": "street",
                "district": None,
                "at": 14,
            },
            {
                "name": "بولوار وکیل‌آباد ۱۴",
                "text": "وکیل آباد ۱۴",
                "kind": "street",
                "district": None,
                "at": 54,
            },
        ],
    },
)
LATE_BUS = Draft(id="d", words=("دیر میاد و راننده نگه نداشت",), guesses=("bus_service", "transit_staff"))
GARBAGE = Draft(
    id="d", words=("زباله‌ها مانده",), service="garbage_collection", predicted="garbage_collection"
)
LOST = Draft(id="d", words=("کیفم جا مانده",), service="lost_property")
DRIVER = Draft(id="d", words=("راننده نایستاد",), service="transit_staff")
WATER = Draft(
    id="d", words=("آب قطع است",), service="not_ours_water", guesses=("not_ours_water", "flooding", "odor")
)
FURTHER = {
    "do": "file_also",
    "service": "street_light",
    "issue": 1,
    "draft": "d",
    "words": ["چاله هست و چراغ خاموش است"],
    "place": SANABAD,
}
MISSED = {"do": "answer_missed", "service": "bus_service", "words": "سؤالم این بود"}
ALARMED = {"do": "file_alarmed", "service": "not_ours_gas", "words": "بوی گاز می‌آید", "place": None}
FARE = Draft(id="d", words=("تاکسی کرایه",), service="taxi", predicted="taxi", attributes={"topic": "fare"})
NAMESAKE = {"text": "شهید رضایی", "name": "شهید رضایی", "kind": "alley", "district": None}

POSITIONS = {
    "idle": Position(),
    "misunderstood": Position(misunderstood=1),
    "answered": Position(offer=Offer({"do": "answer_helped"}, MISSED)),
    "further_offered": Position(offer=Offer(FURTHER)),
    "alarmed": Position(offer=Offer({"do": "calmed"}, {"do": "calmed"}, ALARMED)),
    "withdrawing": Position(
        offer=Offer({"do": "withdraw_now", "request": 1}, {"do": "keep_request", "request": 1})
    ),
    "fare": Position(FARE, Question("confirm")),
    "matter": Position(Draft(id="d"), Question("matter")),
    "service": Position(UNSURE, Question("service")),
    "likely": Position(replace(UNSURE, likely=True), Question("service")),
    "both": Position(BOTH, Question("service")),
    "both_told": Position(
        replace(BOTH, guesses=("tree_hazard", "garbage_bin", "odor"), also=("garbage_bin",)),
        Question("service"),
    ),
    "told_often": Position(replace(UNSURE, words=("یک", "دو", "سه", "چهار")), Question("service")),
    "late_bus": Position(LATE_BUS, Question("service")),
    "talk": Position(Draft(id="d", words=("چرا کسی جواب نمیده",)), Question("matter")),
    "talk_with_guesses": Position(
        Draft(
            id="d", words=("چرا هیچکس جواب نمیده؟ سه بار زنگ زدم ۱۳۷",), guesses=("staff_conduct", "other")
        ),
        Question("service"),
    ),
    "placed_service": Position(replace(UNSURE, place=SANABAD), Question("service")),
    "placed_elsewhere": Position(replace(WATER, place=SANABAD), Question("elsewhere")),
    "group": Position(UNSURE, Question("group")),
    "place": Position(GARBAGE, Question("place")),
    "tree_place": Position(replace(GARBAGE, service="tree_pruning"), Question("place")),
    "asked_near": Position(replace(GARBAGE, place=UNKNOWN_PLACE, near_asked=True), Question("confirm")),
    "place_misread": Position(GARBAGE, Question("place"), misunderstood=1),
    "optional_place": Position(replace(GARBAGE, service="bike_share"), Question("place")),
    "near": Position(replace(GARBAGE, place=UNKNOWN_PLACE), Question("near")),
    "near_unnamed": Position(GARBAGE, Question("near")),
    "pinned": Position(replace(HOLE, place=PIN), Question("confirm")),
    "which_place": Position(replace(GARBAGE, place=NAMESAKE), Question("which_place")),
    "required_attribute": Position(LOST, Question("attribute", "vehicle")),
    "detail": Position(DRIVER, Question("attribute", "vehicle")),
    "confirm": Position(HOLE, Question("confirm")),
    "correct_what": Position(HOLE, Question("correct_what")),
    "words": Position(HOLE, Question("words")),
    "elsewhere": Position(WATER, Question("elsewhere")),
    "number": Position(question=Question("number")),
    "review_reason": Position(question=Question("review_reason", "1")),
    "reopen_reason": Position(question=Question("reopen_reason", "1")),
}
