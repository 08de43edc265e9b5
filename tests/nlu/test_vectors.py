"""Word vectors from a local file, beside the words of our own sentences; the vectors are made up here."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from tests.nlu.test_rasa_model import PYTHON, ROOT, run, understood

# «فانوس» and «حفره» stand in no training sentence and share no letters with those they are like here.
TINY = """8 3
چراغ 1 0 0
لامپ 0.9 0.1 0
روشنایی 0.9 0 0.1
فانوس 1 0.05 0
چاله 0 1 0
آسفالت 0.1 0.9 0
حفره 0 1 0.05
سلام 0 0 1
"""


def script(code: str, cwd: Path) -> str:
    """Run Python of Rasa's environment (numpy is only there)."""
    if not PYTHON.exists():
        pytest.skip("no .venv-rasa here")
    return run("-c", textwrap.dedent(code), cwd=cwd)


def test_vectors_are_read_from_text_and_from_a_folder_alike(tmp_path: Path) -> None:
    (tmp_path / "tiny.vec").write_text(TINY, encoding="utf-8")
    code = """
        from pathlib import Path
        import numpy as np
        from nlu.vectors import WordVectors
        of_text = WordVectors(Path("tiny.vec"))
        lines = [line.split(" ") for line in Path("tiny.vec").read_text(encoding="utf-8").splitlines()[1:]]
        Path("folder").mkdir()
        Path("folder/words.txt").write_text("\\n".join(line[0] for line in lines), encoding="utf-8")
        np.save("folder/vectors.npy", np.array([line[1:] for line in lines], dtype=np.float16))
        of_folder = WordVectors(Path("folder"))
        assert (len(of_text), of_text.size, len(of_folder)) == (8, 3, 8)
        words = ["چراغ", "حفره", "ناشناس"]
        assert np.allclose(of_text.mean(words), of_folder.mean(words), atol=1e-3)
        assert abs(np.linalg.norm(of_text.mean(words)) - 1) < 1e-6
        assert not of_text.mean(["ناشناس"]).any()
        assert len(WordVectors(Path("tiny.vec"), most=2)) == 2
    """
    script(code, tmp_path)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "holds no vectors"),
        ("چراغ 1 0\nچاله 1\n", "line 2: 1 numbers, 2 before"),
        ("چراغ یک دو\n", "line 1"),
    ],
)
def test_a_broken_file_is_named_with_the_reason(tmp_path: Path, content: str, reason: str) -> None:
    (tmp_path / "broken.vec").write_text(content, encoding="utf-8")
    code = """
        from pathlib import Path
        from nlu.vectors import VectorsError, WordVectors
        try:
            WordVectors(Path("broken.vec"))
        except VectorsError as error:
            print(error)
    """
    said = script(code, tmp_path)
    assert "broken.vec" in said and reason in said


def test_the_second_configuration_understands_words_that_only_the_vectors_know(tmp_path: Path) -> None:
    if not PYTHON.exists():
        pytest.skip("no .venv-rasa here")
    (tmp_path / "tiny.vec").write_text(TINY, encoding="utf-8")
    config = (ROOT / "config.pretrained.yml").read_text(encoding="utf-8")
    config = config.replace("models/vectors/cc.fa.300.vec", str(tmp_path / "tiny.vec"))
    (tmp_path / "config.yml").write_text(config, encoding="utf-8")
    texts = [{"text": "فانوس"}, {"text": "حفره"}]
    lamp, hole = understood(tmp_path, texts, tmp_path / "config.yml")
    ranked = [[guess["service_code"] for guess in row["service_ranking"]] for row in (lamp, hole)]
    assert [names[0] for names in ranked] == ["street_light", "asphalt_repair"]
    assert lamp["service_ranking"][0]["confidence"] > 0.6 and hole["service_ranking"][0]["confidence"] > 0.6
