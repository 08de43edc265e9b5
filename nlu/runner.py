"""Rasa's own share of a message made small: its graph run node by node, and a look at the domain that we do not have.

For a handful of nodes dask's scheduler costs more than all of them; and Rasa builds an empty domain for every message,
only to see that ours is empty too.
"""

from __future__ import annotations

import gc
from collections.abc import Coroutine
from typing import Any, Dict, List, Optional

_ALLOCATIONS = 10_000
"""A message makes some thousand small objects that go by themselves: no need to look after each seven hundred."""


def run_in_order(
    runner: Any, inputs: Optional[Dict[str, Any]] = None, targets: Optional[List[str]] = None
) -> Dict[str, Any]:
    """What `DaskGraphRunner.run` gives: the output of each target."""
    wanted = list(targets or runner._graph_schema.target_names)
    schema = runner._graph_schema.minimal_graph_schema(wanted)
    done: Dict[str, Any] = {name: (name, value) for name, value in (inputs or {}).items()}

    def outcome(name: str) -> Any:
        if name not in done:
            needs = [outcome(need) for need in schema.nodes[name].needs.values()]
            done[name] = runner._instantiated_nodes[name](*needs)
        return done[name]

    return dict(outcome(name) for name in wanted)


def install() -> None:
    """From now on Rasa runs its graphs in order, and looks at a domain once."""
    from rasa.core.processor import MessageProcessor
    from rasa.engine.runner.dask import DaskGraphRunner

    check = MessageProcessor._check_for_unseen_features

    def check_if_any(processor: Any, parse_data: Dict[str, Any]) -> None:
        domain = processor.domain
        if getattr(processor, "_domain_seen", None) is not domain:
            processor._domain_seen, processor._domain_is_empty = domain, not domain or domain.is_empty()
        if not processor._domain_is_empty:
            check(processor, parse_data)

    create = DaskGraphRunner.create.__func__

    def created(cls: Any, *given: Any, **named: Any) -> Any:
        runner = create(cls, *given, **named)
        settle()
        return runner

    DaskGraphRunner.run = run_in_order
    DaskGraphRunner.create = classmethod(created)
    MessageProcessor._check_for_unseen_features = check_if_any


def settle() -> None:
    """Tell the garbage collector that what is loaded by now stays: it would look through all of it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_ALLOCATIONS)


def finished(work: Coroutine[Any, Any, Any]) -> Any:
    """The result of a coroutine that waits for nothing; an event loop would cost as much as the work."""
    try:
        work.send(None)
    except StopIteration as end:
        return end.value
    work.close()
    raise RuntimeError("the work waits for something: it needs an event loop")
