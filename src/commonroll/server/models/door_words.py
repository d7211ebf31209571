"""What leads decided about records of doors, and what was said there that concerns every member."""

from __future__ import annotations

from django.db import models

from commonroll.server.models.federation import Member
from commonroll.server.models.walks import FieldEvent


class FieldDecision(models.Model):
    """A lead's word on one record: what it was and what it became. The last one stands; none is erased."""

    event = models.ForeignKey(FieldEvent, on_delete=models.CASCADE, related_name="decisions")
    was = models.CharField(max_length=8, choices=FieldEvent.Status)
    became = models.CharField(max_length=8, choices=FieldEvent.Status)
    was_reason = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=200)
    undoes = models.OneToOneField("self", on_delete=models.CASCADE, null=True, related_name="undone")
    by = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]


class DoorWord(models.Model):
    """One person's word at a door that a voter moved or died, or that nobody should ring there.

    It binds other members once a second one says so or the owner does (`confirms`), until it ends or is taken
    back; the row stays. No reason is kept of a door at which nobody should ring.
    """

    class Word(models.TextChoices):
        MOVED = "moved", "moved away"
        DECEASED = "deceased", "died"
        DO_NOT_WALK = "do_not_walk", "do not walk"

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="door_words")
    owner = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    number = models.PositiveIntegerField()
    word = models.CharField(max_length=12, choices=Word)
    event = models.UUIDField(null=True, help_text="the record it came with; none where the owner says so")
    confirms = models.BooleanField(default=False, help_text="the owner's own word")
    by = models.CharField(max_length=200, help_text="the canvasser, or the lead")
    said_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    taken_back_at = models.DateTimeField(null=True, blank=True)
    taken_back_by = models.CharField(max_length=200, blank=True)
    taken_back_why = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["event", "number", "word"], name="one_door_word_per_event")
        ]
        indexes = [models.Index(fields=["owner", "number"], name="door_words_of_voter")]


class DoorClaim(models.Model):
    """What a door says of who lives there: a person who is not on the list, a name that is written otherwise.

    It is proposed to the owner of the voter (of `number`; of an added person somebody of the same door), once
    it may see it (`released_at`). Nothing of it is in the roll: what was accepted is a told fact or a matched
    list of one (`made`), and is taken back again.
    """

    class Kind(models.TextChoices):
        ADDED = "person_added", "person added"
        CORRECTION = "correction", "correction"

    class State(models.TextChoices):
        WAITING = "waiting", "waits for the owner"
        ACCEPTED = "accepted", "accepted"
        REFUSED = "refused", "refused"

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="door_claims")
    owner = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=16, choices=Kind)
    value = models.JSONField(help_text="as the record has it")
    event = models.UUIDField(unique=True)
    by = models.CharField(max_length=200)
    said_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True, blank=True, help_text="since when the owner may see it")
    gone_at = models.DateTimeField(null=True, blank=True, help_text="taken back at the door")
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    made = models.CharField(max_length=36, blank=True, help_text="the fact, or the import")
    decided_by = models.CharField(max_length=200, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["owner", "state"], name="door_claims_waiting")]
