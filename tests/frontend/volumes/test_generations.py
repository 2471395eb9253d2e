"""Tokens: good until their image is deleted, in bounded memory."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from frontend.volumes.generations import Generations, Token
from tests.shared.strategies import PROPERTY

IMAGES = st.sampled_from(["a", "b", "c", "d"])


def test_token_is_good_until_its_image_is_deleted() -> None:
    """Work begun before the deletion is void; work begun after is not."""
    generations = Generations()
    before = generations.begin("cat")
    assert generations.is_current(before)
    generations.delete("cat")
    assert not generations.is_current(before)
    assert generations.is_current(generations.begin("cat"))


def test_other_images_keep_their_tokens() -> None:
    """A deletion concerns one image."""
    generations = Generations()
    dog = generations.begin("dog")
    generations.delete("cat")
    assert generations.is_current(dog)


def test_forgotten_deletion_still_holds() -> None:
    """A token older than all that is remembered is refused, whatever its image; new ones are not."""
    generations = Generations(max_remembered=2)
    cat, dog = generations.begin("cat"), generations.begin("dog")
    for image in ("cat", "x", "y"):
        generations.delete(image)
    assert not generations.is_current(cat)
    assert not generations.is_current(dog)
    assert generations.is_current(generations.begin("cat"))
    assert generations.is_current(generations.begin("dog"))


def test_memory_is_bounded() -> None:
    """However many images are deleted, only the latest are remembered."""
    generations = Generations(max_remembered=3)
    for number in range(100):
        generations.delete(str(number))
    assert list(generations._deleted) == ["97", "98", "99"]


@PROPERTY
@given(
    max_remembered=st.integers(min_value=0, max_value=5),
    steps=st.lists(st.tuples(st.sampled_from(["begin", "delete"]), IMAGES), max_size=40),
)
def test_no_token_outlives_its_image(max_remembered: int, steps: list[tuple[str, str]]) -> None:
    """Void tokens are never good; good ones are refused only by a memory too small for all the images."""
    generations = Generations(max_remembered=max_remembered)
    tokens: list[tuple[Token, int]] = []
    latest_deletion: dict[str, int] = {}
    for number, (step, image) in enumerate(steps):
        if step == "begin":
            tokens.append((generations.begin(image), number))
        else:
            generations.delete(image)
            latest_deletion[image] = number
        for token, begun in tokens:
            is_good = latest_deletion.get(token.image, -1) < begun
            assert not generations.is_current(token) or is_good
            if max_remembered >= 4:
                assert generations.is_current(token) is is_good
