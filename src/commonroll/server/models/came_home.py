"""What gatherers made of their own and handed over: which of it stands with the owner of the voters."""

from __future__ import annotations

from django.db import models

from commonroll.server.models.federation import Member


class CameHome(models.Model):
    """One thing that a gatherer made and that came home. Receipts in the owner's log say when what came.

    `source` is its number with the gatherer, `version` which state of it stands with the owner, `code` what
    the owner's questions call it. `gone_at`: the gatherer took it back; `kept_out_at`: the owner did not want
    it. Either way nothing of it counts.
    """

    class Kind(models.TextChoices):
        LISTS = "lists", "list"
        SCORES = "scores", "score"
        SCRIPTS = "scripts", "script"

    owner = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="came_home")
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="went_home")
    kind = models.CharField(max_length=8)
    source = models.CharField(max_length=36)
    code = models.CharField(max_length=64)
    name = models.CharField(max_length=120)
    version = models.CharField(max_length=64)
    before = models.CharField(max_length=64, blank=True, help_text="the version that it stands in place of")
    rows = models.PositiveIntegerField(help_text="persons; of a script its questions")
    read = models.JSONField(default=list, help_text="of a list the columns by which its persons were chosen")
    of_day = models.DateField(help_text="day of which it is")
    agreement = models.PositiveIntegerField(null=True, help_text="number of the agreement it came under")
    came_at = models.DateTimeField(null=True, blank=True, help_text="empty while it is on its way")
    gone_at = models.DateTimeField(null=True, blank=True)
    kept_out_at = models.DateTimeField(null=True, blank=True)
    kept_out_by = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["owner", "member", "kind", "name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "member", "kind", "source"], name="one_thing_comes_home_once"
            )
        ]

    @property
    def stands(self) -> bool:
        """Whether it counts with the owner."""
        return self.came_at is not None and self.gone_at is None and self.kept_out_at is None
