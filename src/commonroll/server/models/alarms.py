"""What an owner wants to be told of, and what was told."""

from __future__ import annotations

from django.db import models

from commonroll.server.models.federation import Member


class AlarmSetting(models.Model):
    """An owner's rules, whom to write to, and up to which entry of its log was looked."""

    member = models.OneToOneField(Member, on_delete=models.PROTECT, related_name="alarm_setting")
    rules = models.JSONField(default=dict, help_text="as `alarm_rules.Settings`; empty means the defaults")
    mail = models.CharField(max_length=254, blank=True)
    looked = models.BigIntegerField(default=-1, help_text="index of the last entry that was looked at")


class Alarm(models.Model):
    """An unusual use of an owner's rows, as its log tells it; `once` keeps it from being said twice."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="alarms")
    kind = models.CharField(max_length=12)
    recipient = models.CharField(max_length=31)
    once = models.CharField(max_length=100)
    saw = models.JSONField(default=dict, help_text="figures, as `alarm_rules.Unusual`")
    index = models.BigIntegerField(help_text="of the last entry that it is about")
    at = models.DateTimeField()
    mailed_at = models.DateTimeField(null=True, blank=True)
    mail_failures = models.PositiveSmallIntegerField(default=0)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.CharField(max_length=200, blank=True)
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["member", "once"], name="an_alarm_is_said_once")]
