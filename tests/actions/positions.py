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
    "group": Position(UNSURE, Question("group")),
    "place": Position(GARBAGE, Question("place")),
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
    "reopen_reason": Position(question=Question("reopen_reason", "1")),
}
