"""Which service? From her words, from three guesses as buttons, or through groups to the full list."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from actions import further, place, smalltalk, wording
from actions.dialogue import Button, Reply
from actions.outcomes import Advance, Again, Outcome, Put
from actions.position import Draft, Question
from actions.turn import Turn, in_rows, navigation, reply
from actions.wording import plain, tokens
from casework.catalogue import Service

GUESSES = 3
GUESSES_FROM = 0.35
"""Below this the guesses on a few words («یه موضوعی هست») are no help: she is asked what it is about."""
TOLD_ANEW_FROM = 0.5
"""Where three are offered already, less than this is no other matter: the choice stays as it is."""
TOLD_AT_MOST = 4
"""After so many messages about it the choice is no nearer: a person has to look at it soon."""
FEW_WORDS = 7
LONGEST_TOPIC = 3
WITH_FILE = ("intake.matter_with_file", "intake.matter_with_photo")
TOPIC_INTENTS = ("request", "info", "abuse", "out_of_scope", "status", "correct")
"""«اره» is a yes before it is a saw, «سگ» a dog before it is an insult."""


def understood(turn: Turn, draft: Draft) -> Draft:
    """The draft with what the understanding says of its service: set where sure, else three guesses."""
    known = turn.understanding
    if known is None or not known.ranking:
        return draft
    topic = topics(turn)
    best, confidence = known.ranking[0]
    not_meant = denied(turn)
    ranked = [code for code, _ in known.ranking if code not in not_meant]
    guesses = tuple(dict.fromkeys([*topic, *ranked]))[:GUESSES]
    if not topic and confidence < GUESSES_FROM and len(tokens(turn.message.text)) <= FEW_WORDS:
        guesses = ()
    likely = known.decision == "confirm" and known.intent in ("request", "info")
    draft = replace(draft, guesses=guesses, likely=likely, predicted=best, also=known.also_reported)
    sure = turn.sure_service
    if sure is None or sure in not_meant or (topic and (topic != (sure,) or known.intent != "request")):
        return draft
    return replace(draft, service=sure, how="accepted")


def denied(turn: Turn) -> set[str]:
    """The services that she names only to say that it is not them («آب‌گرفتگی نی، فاضلاب است»)."""
    words, index = tokens(turn.message.text), _by_word(tuple(turn.knowledge.catalogue.services.values()))
    found: set[str] = set()
    for end, word in enumerate(words):
        if wording.made_of(turn.knowledge.texts, ("not_this",), word):
            spans = ("".join(words[start:end]) for start in range(max(end - LONGEST_TOPIC, 0), end))
            found |= set(next((index[span] for span in spans if span in index), ()))  # the longest name
    return found


def topics(turn: Turn) -> tuple[str, ...]:
    """The services that a bare word stands for («زباله», «چراغ»); none where she says more than that."""
    if turn.intent not in TOPIC_INTENTS or len(tokens(turn.message.text)) > LONGEST_TOPIC:
        return ()
    index = _by_word(tuple(turn.knowledge.catalogue.services.values()))
    return index.get(plain(turn.message.text), ())


@lru_cache(maxsize=2)
def _by_word(services: tuple[Service, ...]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for service in services:
        for word in {plain(name) for name in (service.name, *service.keywords)}:
            found[word] = (*found.get(word, ()), service.code)
    return found


def ask_matter(turn: Turn, draft: Draft, _question: Question) -> Reply:
    """«چه مشکلی هست؟»: in words, or through the groups as large buttons."""
    rows = []
    if draft.media and not draft.words and turn.recent:
        name = turn.short_service_name(turn.recent.service_code)
        label = turn.text("intake.add_to_recent", service=name)
        rows.append((Button(label, {"do": "add_media", "request": turn.recent.id}),))
    where, key = place.label(turn, draft), _matter_key(turn, draft)
    # A picture is told about in a sentence; the list of all groups is one tap away.
    groups = ((turn.button("intake.by_list", "show_groups"),),) if key in WITH_FILE else _groups(turn)
    return reply(key, *rows, *groups, navigation(turn), place=where)


def _matter_key(turn: Turn, draft: Draft) -> str:
    if draft.words:
        return "intake.matter_again"
    if any(media.kind == "voice" for media in turn.message.media):
        return "intake.matter_with_voice"
    if draft.media:
        is_photo = any(media.kind == "photo" for media in turn.message.media)
        return "intake.matter_with_photo" if is_photo else "intake.matter_with_file"
    return "intake.matter_with_place" if draft.place else "intake.matter"


def ask_service(turn: Turn, draft: Draft, question: Question) -> Reply:
    """The three best as buttons, then «هیچ‌کدام»."""
    guesses = [
        Button(turn.service_label(code), {"do": "choose_service", "service": code})
        for code in draft.guesses[:GUESSES]
    ]
    if not guesses:
        return ask_matter(turn, draft, question)
    none = turn.button("intake.none_of_these", "show_groups")
    return reply("intake.which_service", *in_rows(guesses, 1), (none,), navigation(turn))


def ask_group(turn: Turn, _draft: Draft, question: Question) -> Reply:
    """All groups, or the services of one."""
    if not question.about:
        return reply("intake.which_group", *_groups(turn), navigation(turn))
    services = [
        Button(service.name, {"do": "choose_service", "service": service.code})
        for service in turn.knowledge.catalogue.in_group(question.about)
    ]
    again = turn.button("intake.other_groups", "show_groups")
    name = turn.knowledge.catalogue.groups[question.about].name
    return reply("intake.which_in_group", *in_rows(services, 2), (again,), navigation(turn), group=name)


def _groups(turn: Turn) -> tuple[tuple[Button, ...], ...]:
    groups = sorted(turn.knowledge.catalogue.groups.values(), key=lambda group: group.order)
    return in_rows(
        [Button(f"{g.emoji} {g.name}".strip(), {"do": "show_group", "group": g.code}) for g in groups], 2
    )


def show_groups(turn: Turn) -> Outcome:
    return Put(Question("group"), turn.position.draft or turn.new_draft())


def show_group(turn: Turn, group: str) -> Outcome:
    return Put(Question("group", group), turn.position.draft or turn.new_draft())


def chosen(turn: Turn, draft: Draft, code: str) -> Outcome:
    """The draft with the service she named; the answers to another service's questions fall away. Where her message
    told several matters and she takes one of the further ones, the first is no less told for that."""
    how = "confirmed" if code == draft.predicted else "chosen"
    attributes = draft.attributes if draft.service == code else {}
    also = draft.also
    if code in also and draft.guesses:
        also = tuple(dict.fromkeys((draft.guesses[0], *also)))
    taken = replace(draft, service=code, how=how, attributes=attributes, despite=False, also=also)
    return Advance(further.placed_apart(turn, taken))


def read_matter(turn: Turn, draft: Draft) -> Outcome:
    """The matter in her words."""
    if place.is_only_place(turn):
        return place_first(turn, draft)
    if turn.intent in ("affirm", "deny") and not topics(turn):
        return choose_or_write()
    if turn.intent == "out_of_scope" and not place.named(turn):
        return smalltalk.out_of_scope(turn)
    # Where her words so far told no matter, they were talk on the way to it: no part of what is filed.
    told = draft.words if draft.guesses or draft.service else ()
    said = replace(draft, service=None, attributes={}, words=(*told, turn.message.text))
    draft = _without_talk(turn, understood(turn, said))
    if place.named(turn) and draft.place is None:
        draft = place.found(turn, draft, place.named(turn))
    return Advance(draft)


def _without_talk(turn: Turn, draft: Draft) -> Draft:
    """When her matter is known: without what she said before it of us and of her calls, which is no part of it."""
    if draft.service is None:
        return draft
    of_matter = {t for word in turn.knowledge.catalogue.service(draft.service).keywords for t in tokens(word)}
    texts, (*before, last) = turn.knowledge.texts, draft.words
    told = [w for w in before if set(tokens(w)) & of_matter or not wording.mentions(texts, "about_us", w)]
    return replace(draft, words=(*told, last))


def read_service(turn: Turn, draft: Draft) -> Outcome:
    """Words instead of a button: the matter said anew, a service's name, «بله» to a likely guess, or a place."""
    named = [code for code in topics(turn) if plain(turn.service_name(code)) == plain(turn.message.text)]
    if named:
        return chosen(turn, draft, named[0])
    asked = turn.position.question
    is_choice = asked is not None and asked.kind == "service" and bool(draft.guesses)
    if is_choice and takes_all(turn):
        return all_of_them(turn, draft)
    if turn.is_sure("affirm", 0.6) and draft.guesses and draft.likely:
        return chosen(turn, draft, draft.guesses[0])
    if turn.is_sure("deny", 0.6) and turn.position.question != Question("group"):
        return show_groups(turn)
    if place.is_only_place(turn):
        return place_first(turn, draft)
    offered = _offered(turn, draft) if is_choice else None
    if offered:
        return offered
    if turn.understanding and turn.understanding.ranking and turn.intent in ("request", "correct", "info"):
        return read_matter(turn, draft)
    return choose_or_write()


def _offered(turn: Turn, draft: Draft) -> Outcome | None:
    """One of the three that are offered, by a word of its own; what is too short to tell the matter anew leaves the
    choice as it is. None: it tells the matter anew."""
    not_meant = denied(turn)
    named = [code for code in topics(turn) or filter(None, (turn.sure_service,)) if code not in not_meant]
    meant = [code for code in named if code in draft.guesses]
    if len(meant) == 1:
        words = (*draft.words, turn.message.text) if turn.sure_service else draft.words
        return chosen(turn, replace(draft, words=words), meant[0])
    if named:
        return None
    if len(tokens(turn.message.text)) <= LONGEST_TOPIC or len(draft.words) >= TOLD_AT_MOST:
        return choose_or_write()
    left = tuple(code for code in draft.guesses if code not in not_meant)
    fewer, ranking = len(left) < len(draft.guesses), turn.understanding.ranking if turn.understanding else ()
    if not fewer and ranking and ranking[0][1] >= TOLD_ANEW_FROM:
        return None
    told = understood(turn, draft).guesses if fewer else ()
    more = replace(
        draft,
        guesses=tuple(dict.fromkeys((*left, *told)))[:GUESSES],
        words=(*draft.words, turn.message.text),
    )
    return Put(Question("service"), more, (reply("place.goes_on"),))


def takes_all(turn: Turn) -> bool:
    """Whether she wants all that is offered: «هر دو», «هردوتاش رو میخوام ثبت کنم»."""
    beside = wording.made_of(turn.knowledge.texts, ("all", "all_besides"), turn.message.text)
    return beside and turn.says("all")


def all_of_them(turn: Turn, draft: Draft) -> Outcome:
    """The first of the offered now, the others one after the other when it is filed. What another body does comes last:
    its number is no request, and would stand before them."""
    services = turn.knowledge.catalogue
    first, *others = sorted(draft.guesses[:GUESSES], key=lambda code: not services.service(code).ours)
    also = tuple(dict.fromkeys((*others, *draft.also)))
    taken = further.placed_apart(turn, replace(draft, service=first, how="chosen", attributes={}, also=also))
    said = reply("intake.all_of_them", service=turn.service_name(first))
    return Advance(taken, (said,), act="all_of_them")


def place_first(turn: Turn, draft: Draft) -> Outcome:
    """A place where the matter was asked for: kept, and said so."""
    draft = place.found(turn, draft, place.named(turn))
    noted = (reply("place.noted", place=place.label(turn, draft)),)
    return Advance(draft, noted if draft.guesses or draft.words else ())


def choose_or_write() -> Outcome:
    return Again("not_read", read=False, otherwise="intake.choose_or_write")


def not_sure(_turn: Turn) -> Outcome:
    """«نمی‌دانم» where the service is asked for."""
    return Again("not_sure", otherwise="intake.not_sure")
