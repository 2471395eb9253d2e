"""What becomes of an error between the worker that raises it and the client that reads of it."""

from __future__ import annotations

from http import HTTPStatus

import pytest

from shared.errors import (
    REPORTABLE,
    BadParameterError,
    CorruptImageError,
    DeadlineExceededError,
    ImageError,
    OutOfMemoryError,
    RequestError,
    ServiceError,
    TooManyPixelsError,
    WorkerError,
)
from shared.messages import Failure

DETAIL = "/srv/images/cat.png: broken"


class TooBlueError(ImageError):
    """What a module from elsewhere may raise: a class that the front end does not know."""

    status = HTTPStatus.CONFLICT
    slug = "too_blue"
    public_message = "The image is too blue"
    speaks_to_client = True


class TruncatedError(CorruptImageError):
    """A special case of a class that the front end does know."""

    slug = "truncated"


def cross(error: ServiceError) -> ServiceError:
    """Take an error from worker to front end."""
    return Failure.of(error, job_id=7).as_error()


@pytest.mark.parametrize("kind", REPORTABLE.values())
def test_reportable_error_crosses_unchanged(kind: type[ServiceError]) -> None:
    """The front end raises the very error that the worker met: class, log text, client text and wait."""
    error = kind(DETAIL)
    crossed = cross(error)
    assert type(crossed) is kind
    assert (str(crossed), crossed.message) == (str(error), error.message)
    assert crossed.retry_after_s == error.retry_after_s


@pytest.mark.parametrize("kind", REPORTABLE.values())
def test_error_without_a_detail_crosses_unchanged(kind: type[ServiceError]) -> None:
    """What has only its public message keeps it."""
    assert str(cross(kind())) == cross(kind()).message == kind.public_message


@pytest.mark.parametrize("kind", [kind for kind in REPORTABLE.values() if not kind.speaks_to_client])
def test_detail_never_reaches_the_client(kind: type[ServiceError]) -> None:
    """A path in the detail is for the log: on neither side is it in the client's text."""
    failure = Failure.of(kind(DETAIL), job_id=7)
    assert failure.detail == str(failure.as_error()) == DETAIL
    assert "/srv" not in failure.message
    assert "/srv" not in failure.as_error().message


@pytest.mark.parametrize("kind", [BadParameterError, TooManyPixelsError])
def test_client_reads_what_a_speaking_error_says(kind: type[ServiceError]) -> None:
    """A limit or a parameter is told as the worker told it."""
    assert cross(kind("8193 pixels, at most 8192 a side")).message == "8193 pixels, at most 8192 a side"


def test_detail_of_a_speaking_error_is_not_said() -> None:
    """Even when a worker puts more into the detail than into the message, the client reads the message."""
    failure = Failure(job_id=7, error="too_many_pixels", message="too many", detail=DETAIL, is_images_fault=True)
    assert failure.as_error().message == "too many"


def test_unknown_slug_is_our_fault_and_says_nothing() -> None:
    """A slug that no worker may send becomes a 500 whose cause only the log knows."""
    failure = Failure(job_id=7, error="teapot", message=DETAIL, detail=DETAIL, is_images_fault=True)
    error = failure.as_error()
    assert type(error) is ServiceError
    assert str(error) == DETAIL
    assert error.message == ServiceError.public_message


@pytest.mark.parametrize("kind", [WorkerError, DeadlineExceededError, RequestError])
def test_error_not_for_workers_becomes_our_fault(kind: type[ServiceError]) -> None:
    """An error that only the front end raises is a worker's bug when a worker raises it."""
    error = cross(kind(DETAIL))
    assert type(error) is ServiceError
    assert str(error) == DETAIL
    assert "/srv" not in error.message


def test_error_of_a_module_crosses_as_the_class_that_is_known() -> None:
    """A module's own class arrives as what it derives from, and as that class speaks."""
    crossed = cross(TooBlueError(DETAIL))
    assert type(crossed) is ImageError
    assert str(crossed) == DETAIL
    assert crossed.message == ImageError.public_message
    assert type(cross(TruncatedError(DETAIL))) is CorruptImageError


@pytest.mark.parametrize("kind", [ImageError, OutOfMemoryError, TooBlueError, TruncatedError, BadParameterError])
def test_image_is_at_fault_when_another_worker_would_fare_no_better(kind: type[ServiceError]) -> None:
    """What lies in the image or in the request lies there for every worker."""
    assert Failure.of(kind(DETAIL), job_id=7).is_images_fault


@pytest.mark.parametrize("kind", [ServiceError, WorkerError, DeadlineExceededError, RequestError])
def test_worker_is_at_fault_for_what_is_ours(kind: type[ServiceError]) -> None:
    """A bug, and an error that is not for workers to raise, is not blamed on the image."""
    assert not Failure.of(kind(DETAIL), job_id=7).is_images_fault
