"""People who sign in, what they may do for which member, and how they were invited."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models

from commonroll.server.models.federation import Member


class People(UserManager["User"]):
    """Users are known by their e-mail."""

    def enrol(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractUser):
    """A person; everything a person may do follows from `Role` rows, never from a flag here."""

    username = None  # type: ignore[assignment]
    email = models.EmailField(unique=True)
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[People] = People()

    def __str__(self) -> str:
        return self.get_full_name() or self.email


class Role(models.Model):
    """What one person may do for one member."""

    class Name(models.TextChoices):
        OWNER = "owner", "owner: loads, signs, invites"
        ANALYST = "analyst", "analyst: asks, exports"
        VIEWER = "viewer", "viewer: reads pages, no rows leave"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="roles")
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="roles")
    name = models.CharField(max_length=8, choices=Name)
    since = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["member__name"]
        constraints = [models.UniqueConstraint(fields=["user", "member"], name="one_role_per_member")]


class Invitation(models.Model):
    """A member's invitation; the link's secret is stored only as a hash and works once, until it expires."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField()
    role = models.CharField(max_length=8, choices=Role.Name)
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
