"""Is the site whole: the last examination before officers, and a button that mends what is safe.

An examination reads every log to its end, so the worker makes it; what only the machine's operator can mend
is said with the step to take.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from commonroll.server import jobs
from commonroll.server.doctor import report
from commonroll.server.pages.centre import centre_page
from commonroll.server.pages.shell import ActingRequest


@centre_page
def page(request: ActingRequest) -> HttpResponse:
    return render(request, "pages/doctor.html", {"report": report.last(settings.HOME)})


@centre_page
def progress(request: ActingRequest) -> HttpResponse:
    """The result alone, for a page that waits for it."""
    return render(request, "parts/examination.html", {"report": report.last(settings.HOME)})


@require_POST
@centre_page
def examine(request: ActingRequest) -> HttpResponse:
    """Ask for an examination; with `what=mend` for one that mends what is safe, `deep` for one that reads
    every file."""
    what = request.POST.get("what")
    if report.begin(settings.HOME, what == "deep"):
        jobs.examine.enqueue(what == "mend", what == "deep")
    else:
        messages.info(request, "An examination is under way already.")
    return redirect("doctor")
