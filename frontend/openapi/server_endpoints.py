"""The addresses that tell of the server itself."""

from __future__ import annotations

from http import HTTPStatus

from frontend.openapi import examples
from frontend.openapi.endpoint import Access, Answer, Endpoint
from frontend.openapi.server_shapes import Health, Statistics

_GROUP = "Server"
_PAGE = ("text/html",)

ENDPOINTS = (
    Endpoint(
        id="getHealth",
        method="GET",
        path="/health",
        group=_GROUP,
        summary="How the server is",
        about="For balancers and those who watch: `degraded` still serves.",
        access=Access.ANYONE,
        answers=(
            Answer(about="It serves.", shapes=(Health,), example=examples.HEALTH),
            Answer(
                about="It cannot serve: no worker answers, or the database does not.",
                status=HTTPStatus.SERVICE_UNAVAILABLE,
                shapes=(Health,),
                example={**examples.HEALTH, "status": "unavailable", "catalogue": {"is_readable": False}},
            ),
        ),
    ),
    Endpoint(
        id="getStatistics",
        method="GET",
        path="/_stats",
        group=_GROUP,
        summary="What the server has done",
        about="Hits, misses, entries and bytes of each volume; the queue; the workers.",
        access=Access.ADMIN,
        answers=(Answer(about="The figures.", shapes=(Statistics,)),),
    ),
    Endpoint(
        id="getInformationPage",
        method="GET",
        path="/",
        group=_GROUP,
        summary="A page about this server",
        access=Access.ANYONE,
        answers=(Answer(about="The page.", mimes=_PAGE),),
    ),
    Endpoint(
        id="getDocumentation",
        method="GET",
        path="/docs",
        group=_GROUP,
        summary="This documentation, for people",
        access=Access.ANYONE,
        answers=(Answer(about="The page.", mimes=_PAGE),),
    ),
    Endpoint(
        id="getOpenApiDocument",
        method="GET",
        path="/openapi.json",
        group=_GROUP,
        summary="This documentation, for programs",
        access=Access.ANYONE,
        answers=(Answer(about="An OpenAPI 3.1 document.", shapes=({"type": "object"},)),),
    ),
)
