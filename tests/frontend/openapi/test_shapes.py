"""The shapes of answers: examples hold to them, and so does what is really answered."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from frontend.openapi.document import ENDPOINTS
from frontend.openapi.endpoint import Answer, Endpoint
from frontend.openapi.shapes import Error
from shared.grammar import Grammar
from tests.frontend.api.library_site import KEY, LibrarySite, field_part, file_part, png

EXAMPLES = [
    pytest.param(answer, id=f"{endpoint.id} {answer.status:d}")
    for endpoint in ENDPOINTS
    for answer in endpoint.answers
    if answer.example is not None
]


def check(answer: Answer, content: object) -> None:
    """Hold JSON to the shapes of an answer; it must be of one of them."""
    wrong: list[str] = []
    for shape in answer.shapes:
        if not isinstance(shape, type):
            return
        try:
            TypeAdapter(shape).validate_python(content, strict=False)
        except ValidationError as error:
            wrong.append(str(error))
    assert len(wrong) < len(answer.shapes), wrong


def answer_of(endpoint_id: str, status: int) -> Answer:
    """The declaration of an answer."""
    (endpoint,) = (endpoint for endpoint in ENDPOINTS if endpoint.id == endpoint_id)
    (answer,) = (answer for answer in endpoint.answers if answer.status == status)
    return answer


@pytest.mark.parametrize("answer", EXAMPLES)
def test_example_of_an_answer_has_its_shape(answer: Answer) -> None:
    """Who copies an example into a test of a client has what the server would have sent."""
    check(answer, answer.example)


BODIES = [
    pytest.param(endpoint, value, id=f"{endpoint.id} {summary}")
    for endpoint in ENDPOINTS
    if endpoint.body is not None and endpoint.body.mime == "application/json"
    for summary, value in endpoint.body.examples.items()
]


@pytest.mark.parametrize(("endpoint", "value"), BODIES)
async def test_example_of_a_body_is_read(endpoint: Endpoint, value: object, tmp_path: Path) -> None:
    """The server understands each example: whatever becomes of it, it is no mistake in how it is written."""
    assert endpoint.body is not None
    models = [shape for shape in endpoint.body.shapes if isinstance(shape, type)]
    if models:
        # Not sent: the server would look for the host of an example.
        assert any(is_of(model, value) for model in models)
        return
    async with LibrarySite.open(tmp_path) as site:
        answer = await site.send(endpoint.method, endpoint.path.replace("{name}", "cat.jpg"), value)
    assert answer.status in (200, 404), answer.body


def is_of(model: type[BaseModel], value: object) -> bool:
    """Tell whether a model takes a value."""
    try:
        model.model_validate(value)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("endpoint", [each for each in ENDPOINTS if each.id == "getImage"])
def test_examples_of_image_parameters_are_read(endpoint: Endpoint) -> None:
    """Each parameter's example does something by itself."""
    for parameter in endpoint.parameters:
        if parameter.place == "query" and parameter.example is not None:
            parsed = Grammar().parse(f"{parameter.name}={parameter.example}")
            assert not parsed.ignored, parameter.name


async def test_answers_of_the_library_have_their_shapes(tmp_path: Path) -> None:
    """What is really said while images come, are looked at and go is what the document says."""
    async with LibrarySite.open(tmp_path) as site:
        parts = (field_part("tags", '["cat"]'), file_part(png(1)))
        answers = {
            "uploadImages": await site.upload(*parts, file_part(png(2)), file_part(b"no image")),
            "listImages": await site.get("/images?limit=1"),
            "drawImage": await site.get("/random"),
            "drawImages": await site.send("POST", "/random", {"count": 5}),
            "listTags": await site.get("/tags"),
            "getHealth": await site.get("/health"),
            "getStatistics": await site.get("/_stats"),
        }
        (name, other) = await site.names()
        answers |= {
            "getImageInfo": await site.get(f"/images/{name}/info"),
            "addTags": await site.send("POST", f"/images/{name}/tags", ["night"]),
            "removeTags": await site.send("DELETE", f"/images/{name}/tags", ["night"]),
            "purgeImage": await site.send("DELETE", f"/images/{name}/variants"),
            "purgeTag": await site.send("POST", "/purge", {"tag": "cat"}),
            "deleteImage": await site.send("DELETE", f"/images/{name}"),
        }
        answers["uploadImages again"] = await site.upload(*parts)
        files = {**answers, "getImageInfo of a stranger": await site.client.get(f"/images/{other}/info")}
    for label, answer in files.items():
        check(answer_of(label.split()[0], answer.status), answer.json())


async def test_info_of_a_file_has_its_shape(tmp_path: Path) -> None:
    """A file in the folder of images is told of in the same shape, with and without a key."""
    async with LibrarySite.open(tmp_path) as site:
        (site.folder / "cat.png").write_bytes(png())
        for headers in (KEY, {}):
            answer = await site.client.ask("GET", "/images/cat.png/info", headers=headers)
            check(answer_of("getImageInfo", HTTPStatus.OK), answer.json())


@pytest.mark.parametrize("target", ["/_stats", "/images/none.png", "/cat.png?w=x", "/health/x"])
async def test_errors_have_their_shape(target: str, tmp_path: Path) -> None:
    """Every error is of one shape."""
    async with LibrarySite.open(tmp_path) as site:
        answer = await site.client.get(target)
    Error.model_validate(answer.json())


async def test_conflict_has_the_shape_of_an_error(tmp_path: Path) -> None:
    """A duplicate names the image that is there."""
    async with LibrarySite.open(tmp_path) as site:
        added = await site.add(png())
        answer = await site.upload(field_part("tags", '["cat"]'), file_part(png()))
    assert answer.status == HTTPStatus.CONFLICT
    assert Error.model_validate(answer.json()).filename == added["filename"]


def test_shapes_are_closed() -> None:
    """A field that the document does not know is a mistake in the one or the other."""
    models = [shape for endpoint in ENDPOINTS for answer in endpoint.answers for shape in answer.shapes]
    assert all(shape.model_config["extra"] == "forbid" for shape in models if isinstance(shape, type(BaseModel)))
