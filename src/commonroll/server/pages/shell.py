"""What every page needs first: a signed-in person who acts for a member, in a role that may."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Concatenate, ParamSpec

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import render, resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from commonroll.server.middleware import Acting

Rest = ParamSpec("Rest")
Response = HttpResponse | FileResponse | StreamingHttpResponse
Page = Callable[Concatenate["ActingRequest", Rest], Response]


LONGEST_NUMBER = 12


class ActingRequest(HttpRequest):
    """A request of somebody who acts for a member."""

    acting: Acting


def member_page(act: str = "read") -> Callable[[Page[Rest]], Callable[..., Response]]:
    """Let in whoever may `act` for the member acted for; raises `Forbidden` for a smaller role."""

    def wrap(page: Page[Rest]) -> Callable[..., Response]:
        @wraps(page)
        def guarded(request: Any, *args: Rest.args, **kwargs: Rest.kwargs) -> Response:
            if not request.user.is_authenticated:
                return to_sign_in(request)
            if request.acting is None:
                return render(request, "pages/no_role.html", status=403)
            request.acting.actor.require(act, request.acting.member)
            return page(request, *args, **kwargs)

        return guarded

    return wrap


def number(text: str | None) -> int | None:
    """A whole number from an address, None for anything else and for what no table counts up to."""
    return int(text) if text and text.isdecimal() and len(text) <= LONGEST_NUMBER else None


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """To the sign-in page and back; a piece of a page that asks takes the whole page there."""
    if not getattr(request, "htmx", False):
        return redirect_to_login(request.get_full_path())
    answer = HttpResponse(status=204)
    answer["HX-Redirect"] = resolve_url(settings.LOGIN_URL)
    return answer


@contextmanager
def kept(given: UploadedFile[bytes]) -> Iterator[Path]:
    """An uploaded file on disk under the last part of its own name, gone after the block."""
    name = "".join(c if c.isalnum() or c in "._-" else "_" for c in Path(given.name or "file").name)[-100:]
    with TemporaryDirectory(dir=settings.HOME.tmp) as folder:
        path = Path(folder) / f"{name.lstrip('.') or 'file'}"
        with path.open("wb") as out:
            for chunk in given.chunks():
                out.write(chunk)
        yield path


def back(request: HttpRequest, otherwise: str) -> HttpResponseRedirect:
    """To the page that the form names, if it is one of ours; else to the page of that name."""
    target = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        return HttpResponseRedirect(target)
    return HttpResponseRedirect(reverse(otherwise))
