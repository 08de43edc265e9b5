"""The classifier's numbers: features of many messages and of one, and fits that repeat themselves."""

from __future__ import annotations

from pathlib import Path

from tests.nlu.test_vectors import script

SENTENCES = """
        from nlu.features import Terms
        from nlu.linear import train
        texts = {
            "lamp": ["چراغ کوچه ما خاموش است", "لامپ سوخته", "کوچه تاریک است", "چراغ چراغ روشن نیست", "لامپ خراب است"],
            "hole": ["آسفالت چاله دارد", "چاله بزرگ وسط خیابان", "چاله را پر کنید", "آسفالت خراب است", "چاله چاله"],
            "bin": ["سطل زباله پر است", "زباله را نبردند", "سطل نداریم", "زباله وسط کوچه است", "سطل خراب است"],
        }
        documents, labels = [], []
        for label, of_label in texts.items():
            for text in of_label:
                words = tuple(text.split())
                documents.append([Terms(words, words[:1], (label,)), Terms(words[::-1], words[:1])])
                labels.append(label)
        heads = {"service": labels, "lit": ["yes" if label == "lamp" else None for label in labels]}
        heads["lit_or_not"] = [str(label == "lamp") for label in labels]
        folds = [i % 3 for i in range(len(labels))]

        def made():
            return train(documents, heads, folds, {"service": 0.4, "lit_or_not": 0.4}, {"service": 0.5})
"""


def test_a_message_alone_has_the_margins_that_it_has_among_many(tmp_path: Path) -> None:
    code = """
        import numpy as np
        model, held = made()
        own = [copies[0] for copies in documents]
        many = model.vectorizer.matrix(own) @ model.weights.astype(np.float32) + model.bias
        assert np.allclose(many, model.margins_of(own), atol=1e-4)
        best = model.of_head("service", many).argmax(axis=1)
        assert [model.heads["service"].labels[i] for i in best] == labels
        assert model.heads["lit"].labels == ["yes"] and set(held) == {"service", "lit_or_not"}
    """
    script(SENTENCES + code, tmp_path)


def test_only_the_heads_that_are_meant_look_at_marks(tmp_path: Path) -> None:
    code = """
        documents = [[t._replace(marks=("#" + label,)) for t in copies] for copies, label in zip(documents, labels)]
        heads = {"service": labels, "intent": labels}
        model, _ = train(documents, heads, folds, {}, {}, marked={"intent"})
        for label in texts:
            weights = model.weights[model.vectorizer.columns["m#" + label]]
            assert not model.of_head("service", weights).any() and model.of_head("intent", weights).any()
    """
    script(SENTENCES + code, tmp_path)


def test_a_clause_has_marks_of_its_own(tmp_path: Path) -> None:
    code = """
        from nlu.clauses import split_clauses
        from nlu.standard import Standard
        from nlu.thesaurus import Thesaurus
        from nlu.words import read_words
        words = read_words("چاله خیلی بزرگ است. کی درست می‌شود؟")
        reading = Standard.fit([words], {}, Thesaurus({})).read(words)
        first, second = (reading.terms(a, b).marks for a, b in split_clauses(words))
        assert "^چاله" in first and "#?" not in first
        assert "^کی" in second and "#?$" in second
    """
    script(code, tmp_path)


def test_every_message_is_held_out_once_while_there_are_few(tmp_path: Path) -> None:
    code = """
        import numpy as np
        from nlu import fitting
        _, held = made()
        assert sorted(held["service"].rows) == list(range(15)) and held["service"].margins.shape == (15, 3)
        assert [held["service"].truth[list(held["service"].rows).index(i)] for i in (0, 5, 10)] == [2, 1, 0]
        fitting.ENOUGH = 5
        _, held = made()
        assert sorted(held["service"].rows) == [0, 3, 6, 9, 12], "one fold has enough"
    """
    script(SENTENCES + code, tmp_path)


def test_the_same_sentences_give_the_same_model(tmp_path: Path) -> None:
    code = """
        import pickle
        assert len({pickle.dumps(made()[0]) for _ in range(4)}) == 1
    """
    script(SENTENCES + code, tmp_path)
