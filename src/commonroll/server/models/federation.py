"""The federation, its members, and the keys by which members sign."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

MEMBER_KEY = r"[a-z][a-z0-9-]{1,30}"


class Federation(models.Model):
    """One row: the name and the host-like origin under which all logs are known. The origin never changes."""

    name = models.CharField(max_length=200)
    origin = models.CharField(max_length=200)
    vote_rule = models.CharField(max_length=10, default="majority")
    quorum = models.PositiveSmallIntegerField(
        default=0, help_text="how many witnesses must have signed a log's checkpoint; 0 asks for none"
    )
    quorum_at = models.DateTimeField(null=True, blank=True, help_text="since when so many must have")
    stops = models.PositiveBigIntegerField(
        default=0, help_text="number of the last stop that was told to all"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    def log_origin(self, log: str) -> str:
        """A log's name: under the host where its member began, which may be another federation's."""
        return f"{host_of(log, self.origin)}/log/{log}"

    def key_name(self, member: str) -> str:
        """Name under which a member's signing key signs agreements."""
        return f"{host_of(member, self.origin)}/{member}/agreements"


class Member(models.Model):
    """An organization with a vault and a signing key."""

    class Kind(models.TextChoices):
        STATE = "state", "state party"
        NATIONAL = "national", "national committee"
        CAMPAIGN = "campaign", "campaign"
        GROUP = "group", "local group"
        VENDOR = "vendor", "vendor"

    class Conduct(models.TextChoices):
        COORDINATED = "coordinated", "acts coordinated"
        INDEPENDENT = "independent", "acts independently"

    key = models.CharField(max_length=31, unique=True, validators=[RegexValidator(f"^{MEMBER_KEY}$")])
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=12, choices=Kind)
    state = models.CharField(max_length=2, blank=True)
    conduct = models.CharField(max_length=12, choices=Conduct, default=Conduct.COORDINATED)
    log_vkey = models.CharField(max_length=300)
    reader = models.CharField(max_length=80, help_text="age recipient that sealed details are encrypted to")
    origin = models.CharField(
        max_length=200, blank=True, help_text="host under which its log began, if it is not the federation's"
    )
    left_at = models.DateTimeField(null=True, blank=True, help_text="nobody acts for it here from then on")
    suspended_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind="state") | Q(state__regex=r"^[A-Z]{2}$"), name="state_party_has_state"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def urn(self) -> str:
        return f"urn:commonroll:member:{self.key}"

    @property
    def dataset(self) -> str:
        return f"urn:commonroll:dataset:{self.key}"


def host_of(member: str, otherwise: str) -> str:
    """The host under which a member's log and keys were begun; `otherwise` where it is not its own."""
    return Member.objects.filter(key=member).values_list("origin", flat=True).first() or otherwise


class MemberKey(models.Model):
    """The public half of a member's signing key; the private half is a file under the member's passphrase.

    A retired key was followed by another and signs nothing more; what it signed counts. A withdrawn key
    counts for nothing. `document` and `note` are the signed word by which it came into the register.
    """

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="keys")
    vkey = models.CharField(max_length=300, unique=True)
    valid_from = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    document = models.BinaryField(null=True, blank=True)
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["valid_from", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["member"],
                condition=Q(withdrawn_at__isnull=True, retired_at__isnull=True),
                name="one_key_in_use",
            )
        ]
