"""The addresses by which the library is filled, searched and kept in order."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus

from frontend.api.images import NewImageBody
from frontend.api.purge import PurgeBody
from frontend.openapi import examples, failures
from frontend.openapi.endpoint import Access, Answer, Body, Endpoint, Schema
from frontend.openapi.query_parameters import DRAW, FILTERS, LIST, NAME, TAG
from frontend.openapi.shapes import (
    AddedBatch,
    AddedImage,
    DeletedImage,
    ImageList,
    ImageRecord,
    NewImageBatch,
    PurgedImage,
    PurgedTag,
    RandomImages,
    TagList,
)

_LIBRARY, _TAGS, _CACHES = "Library", "Tags", "Caches"

_ADDED = Answer(
    about="The image was added, or all of several were.",
    status=HTTPStatus.CREATED,
    shapes=(AddedImage, AddedBatch),
    example=examples.ADDED,
)
_TAG_LIST: Schema = {"type": "array", "items": TAG, "minItems": 1, "title": "Tags"}


def _some_added(label: str) -> Answer:
    return Answer(
        about="Of several images, some were not added.",
        status=HTTPStatus.MULTI_STATUS,
        shapes=(AddedBatch,),
        example=examples.added_batch(label),
    )


_ADD = Endpoint(
    id="addImages",
    method="POST",
    path="/images",
    group=_LIBRARY,
    access=Access.EDITOR,
    summary="Add images by path or URL",
    about="From a folder of the server’s machine (`local`, under `--allow-local`) or from the web (`url`). Each "
    "is decoded once before it is accepted. Names are made from the bytes unless they are given.",
    body=Body(
        shapes=(NewImageBody, NewImageBatch),
        examples={
            "One, from the web": {
                "path": "https://photos.example/cat.jpg",
                "type": "url",
                "tags": ["cat", "night"],
            },
            "Several": {
                "images": [
                    {"path": "/srv/photos/cat.jpg", "type": "local", "tags": ["cat"], "name": "cats/tom.jpg"},
                    {"path": "/srv/photos/dog.jpg", "type": "local", "tags": ["dog"], "private": True},
                ]
            },
        },
    ),
    answers=(_ADDED, _some_added("path")),
    failures=(*failures.JSON, *failures.SOURCE, *failures.ADDING),
    call='"$SERVER/images" --json \'{"path": "https://photos.example/cat.jpg", "type": "url", "tags": ["cat"]}\'',
)

_UPLOAD_FORM: Schema = {
    "type": "object",
    "title": "Upload",
    "properties": {
        "file": {
            "type": "array",
            "items": {"type": "string", "format": "binary"},
            "minItems": 1,
            "description": "One part named `file` for each image, at most `--max-batch-size`.",
        },
        "tags": {"type": "string", "description": "A JSON array of texts; they are given to all images."},
        "name": {"type": "string", "description": "The name of the image, where there is but one."},
        "private": {"type": "string", "enum": ["true", "1", "false", "0", ""], "description": "Who may see them."},
    },
    "required": ["file"],
    "additionalProperties": False,
}

ENDPOINTS = (
    Endpoint(
        id="listImages",
        method="GET",
        path="/images",
        group=_LIBRARY,
        access=Access.READER,
        summary="List images",
        about="Page by page: each tells the cursor of the next. Images that come or go meanwhile move nothing.",
        parameters=LIST,
        answers=(Answer(about="A page.", shapes=(ImageList,), example=examples.LIST),),
        failures=(*failures.QUERY, *failures.CATALOGUE),
        call='"$SERVER/images?tags=cat,night&width_min=1000&sort=-size&limit=20"',
    ),
    _ADD,
    replace(_ADD, id="addImage", path="/image", summary="The same by another name",
            about="An alias of `POST /images`.", call=_ADD.call.replace("/images", "/image")),
    Endpoint(
        id="uploadImages",
        method="POST",
        path="/upload",
        group=_LIBRARY,
        access=Access.EDITOR,
        summary="Upload images",
        about="One or many, streamed to disk. Nothing is added before the body is complete.",
        body=Body(
            shapes=(_UPLOAD_FORM,),
            examples={"One image": {"file": ["(the bytes of cat.jpg)"], "tags": '["cat", "night"]'}},
            mime="multipart/form-data",
        ),
        answers=(_ADDED, _some_added("file")),
        failures=(*failures.FORM, *failures.ADDING),
        call="\"$SERVER/upload\" -F file=@cat.jpg -F 'tags=[\"cat\", \"night\"]'",
    ),
    Endpoint(
        id="deleteImage",
        method="DELETE",
        path="/images/{name}",
        group=_LIBRARY,
        access=Access.ADMIN,
        summary="Delete an image",
        about="Its record, its bytes, and every variant in every cache.",
        parameters=(NAME,),
        answers=(Answer(about="It is gone.", shapes=(DeletedImage,), example=examples.DELETED),),
        failures=(*failures.NAME, *failures.STORAGE, *failures.CATALOGUE),
    ),
    Endpoint(
        id="drawImage",
        method="GET",
        path="/random",
        group=_LIBRARY,
        access=Access.READER,
        summary="Draw one image",
        about="Each image for which the filter holds is as likely as any other.",
        parameters=FILTERS,
        answers=(Answer(about="The image’s record.", shapes=(ImageRecord,), example=examples.RECORD),),
        failures=(*failures.QUERY, *failures.NAME, *failures.CATALOGUE),
        call='"$SERVER/random?tags=night"',
    ),
    Endpoint(
        id="drawImages",
        method="POST",
        path="/random",
        group=_LIBRARY,
        access=Access.READER,
        summary="Draw several images",
        about="None twice. Where fewer match than are wanted, all of them.",
        body=Body(shapes=(DRAW,), examples={"Two": {"count": 2, "tags": ["night"], "width_min": 1000}}),
        answers=(Answer(about="The images’ records.", shapes=(RandomImages,), example=examples.RANDOM),),
        failures=(*failures.JSON, *failures.CATALOGUE),
        call='"$SERVER/random" --json \'{"count": 2, "tags": ["night"]}\'',
    ),
    Endpoint(
        id="listTags",
        method="GET",
        path="/tags",
        group=_TAGS,
        access=Access.READER,
        summary="List tags",
        answers=(Answer(about="All tags.", shapes=(TagList,), example=examples.TAGS),),
        failures=failures.CATALOGUE,
    ),
    *(
        Endpoint(
            id=f"{word.lower()}Tags",
            method=method,
            path="/images/{name}/tags",
            group=_TAGS,
            access=Access.EDITOR,
            summary=f"{word} tags of an image",
            parameters=(NAME,),
            body=Body(shapes=(_TAG_LIST,), examples={"Two": ["cat", "night"]}),
            answers=(Answer(about="Its record.", shapes=(ImageRecord,), example=examples.RECORD),),
            failures=(*failures.JSON, *failures.NAME, *failures.CATALOGUE),
            call='"$SERVER/images/cat.jpg/tags" --json \'["cat", "night"]\'',
        )
        for method, word in (("POST", "Add"), ("DELETE", "Remove"))
    ),
    Endpoint(
        id="purgeImage",
        method="DELETE",
        path="/images/{name}/variants",
        group=_CACHES,
        access=Access.ADMIN,
        summary="Purge the variants of an image",
        about="From memory and disk; they are made anew when they are asked for.",
        parameters=(NAME,),
        answers=(Answer(about="They are gone.", shapes=(PurgedImage,), example=examples.PURGED_IMAGE),),
        failures=(*failures.NAME, *failures.STORAGE, *failures.CATALOGUE),
    ),
    Endpoint(
        id="purgeTag",
        method="POST",
        path="/purge",
        group=_CACHES,
        access=Access.ADMIN,
        summary="Purge the variants of all images with a tag",
        body=Body(shapes=(PurgeBody,), examples={"By tag": {"tag": "night"}}),
        answers=(Answer(about="They are gone.", shapes=(PurgedTag,), example=examples.PURGED_TAG),),
        failures=(*failures.JSON, *failures.STORAGE, *failures.CATALOGUE),
        call='"$SERVER/purge" --json \'{"tag": "night"}\'',
    ),
)  # fmt: skip
