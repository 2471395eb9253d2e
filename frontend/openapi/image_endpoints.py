"""The addresses of images themselves, and of what is known of one."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus

from frontend.openapi import examples, failures
from frontend.openapi.endpoint import Access, Answer, Endpoint, Parameter
from frontend.openapi.image_parameters import image_parameters
from frontend.openapi.query_parameters import NAME, PIPELINE
from frontend.openapi.shapes import ImageInfo
from shared.formats import ALL

_MIMES = tuple(image_format.mime for image_format in ALL)
_HEADERS = ("ETag", "Cache-Control", "Last-Modified", "Accept-Ranges")


def _header(name: str, about: str) -> Parameter:
    return Parameter(name=name, place="header", about=about, schema={"type": "string"})


_GET = Endpoint(
    id="getImage",
    method="GET",
    path="/images/{name}",
    group="Images",
    summary="An image, as the query wants it",
    about="Without parameters the original’s bytes, untouched. An image of the library goes before a file of the "
    "same name in the folder of images. Parameters that mean nothing here change nothing, and are named in "
    "`X-Tintype-Ignored`. The short form `/{name}` gives the same.",
    access=Access.IF_PUBLIC,
    parameters=(
        NAME,
        *image_parameters(),
        _header("If-None-Match", "The `ETag` of an answer that is kept."),
        _header("If-Modified-Since", "Its `Last-Modified`."),
        _header("Range", "A piece of the answer, such as `bytes=0-1023`."),
        _header("If-Range", "The `ETag` that the image must still have for the piece to be sent."),
    ),
    answers=(
        Answer(about="The image.", mimes=_MIMES, headers=(*_HEADERS, "X-Cache", "Server-Timing")),
        Answer(
            about="The piece of it that was asked for.",
            status=HTTPStatus.PARTIAL_CONTENT,
            mimes=_MIMES,
            headers=(*_HEADERS, "Content-Range"),
        ),
        Answer(about="The answer that is kept still holds.", status=HTTPStatus.NOT_MODIFIED, headers=_HEADERS),
    ),
    failures=(
        *failures.QUERY,
        *failures.SIGNATURE,
        *failures.NAME,
        *failures.RANGE,
        *failures.WORK,
        *failures.STORAGE,
        *failures.CATALOGUE,
    ),
    call='"$SERVER/images/cat.jpg?w=640&h=480&fit=cover&f=webp" -o cat.webp',
)

ENDPOINTS = (
    _GET,
    replace(
        _GET,
        id="getImageByShortName",
        path="/{name}",
        summary="The same, in short",
        about="As `/images/{name}`, for names whose first segment is no address of the server’s own.",
        call='"$SERVER/cat.jpg?w=640" -o cat-640.jpg',
    ),
    replace(
        _GET,
        id="getImageThroughPipeline",
        path="/img/{pipeline}/{name}",
        summary="An image through a pipeline",
        about="The image as a pipeline of the server’s configuration makes it. Parameters of the query take the "
        "place of the pipeline’s own, and what it does not do is done after it; of a pipeline that is locked "
        "nothing can be changed.",
        parameters=(PIPELINE, *_GET.parameters),
        failures=(*_GET.failures, *failures.PIPELINE),
        call='"$SERVER/img/thumb/cat.jpg" -o thumb.jpg',
    ),
    Endpoint(
        id="getImageInfo",
        method="GET",
        path="/images/{name}/info",
        group="Images",
        summary="What is known of an image",
        about="Of an image of the library its record, of a file in the folder of images the same fields; and what "
        "is read from the file. The first look at a file takes a worker, and counts like making an image. Where a "
        "picture was taken is told to holders of a key only.",
        access=Access.IF_PUBLIC,
        parameters=(NAME,),
        answers=(Answer(about="What is known.", shapes=(ImageInfo,), example=examples.INFO),),
        failures=(
            *failures.NAME,
            *failures.WORK,
            *failures.STORAGE,
            *failures.CATALOGUE,
        ),
    ),
)
