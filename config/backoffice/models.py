"""The staff log, which is never changed, and the results of checks."""

from django.db import models
from django.db.models import Q


class Action(models.TextChoices):
    VIEWED = "VIEWED", "viewed"
    EXPORTED = "EXPORTED", "exported"
    CHANGED = "CHANGED", "changed"
    REFUSED = "REFUSED", "was refused"
    SIGNED_IN = "SIGNED_IN", "signed in"
    SIGNED_OUT = "SIGNED_OUT", "signed out"


class StaffAction(models.Model):
    """One page opened, file exported or change made. PostgreSQL refuses to change a row.

    The user is stored by name and key, not as a foreign key: an account may be deleted later.
    """

    at = models.DateTimeField()
    username = models.CharField(max_length=150)
    user_pk = models.BigIntegerField()
    action = models.CharField(max_length=16, choices=Action)
    page = models.CharField(max_length=100, help_text="The name of the page.")
    subject = models.CharField(
        max_length=200, blank=True, help_text="The row that the person looked at or changed."
    )
    address = models.TextField(help_text="The address of the page, including its query.")
    status = models.PositiveSmallIntegerField()
    details = models.TextField(blank=True)
    came_from = models.CharField(max_length=64, blank=True, help_text="The person's IP address.")
    request_id = models.CharField(max_length=64, blank=True)

    class Meta:
        db_table = "backoffice_staff_actions"
        verbose_name = "staff action"
        verbose_name_plural = "staff log"
        permissions = [("export_data", "Can export what may be seen")]
        constraints = [
            models.CheckConstraint(
                condition=Q(action__in=Action.values), name="backoffice_staff_actions_action"
            )
        ]
        indexes = [
            models.Index(fields=["username", "-id"], name="backoffice_staff_by_name"),
            models.Index(
                fields=["subject", "-id"],
                condition=~Q(subject=""),
                name="backoffice_staff_by_subject",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.username} {self.action.lower()} {self.page}"


class Check(models.TextChoices):
    AUDIT = "AUDIT", "audit of the ledger"
    RECONCILIATION = "RECONCILIATION", "reconciliation with a casino"


class CheckRun(models.Model):
    """One audit or reconciliation: what it checked, and what it found or why it failed."""

    check_kind = models.CharField("check", max_length=16, choices=Check)
    scope = models.CharField(max_length=200, help_text="The part of the data that was checked.")
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    looked_at = models.BigIntegerField(help_text="The number of transactions that were checked.")
    found = models.JSONField(default=dict, help_text="How often each kind of fault was found.")
    totals = models.JSONField(default=dict, help_text="The sums of both sides, per currency.")
    is_clean = models.BooleanField()
    fault = models.TextField(
        blank=True,
        db_default="",
        help_text="Why the check could not be completed. Empty if it was completed.",
    )
    checkpoint_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="The time of the checkpoint that the audit wrote or compared the chains with.",
    )
    asked_by = models.CharField(
        max_length=150,
        blank=True,
        help_text="Empty if the check was started from the command line.",
    )

    class Meta:
        db_table = "backoffice_check_runs"
        permissions = [
            ("repair_differences", "Can repair differences that a reconciliation found"),
            ("resolve_round", "Can ask again about open rounds and roll them back"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(check_kind__in=Check.values), name="backoffice_check_runs_check"
            )
        ]
        indexes = [models.Index(fields=["check_kind", "-id"], name="backoffice_check_runs_last")]

    def __str__(self) -> str:
        return f"{self.get_check_kind_display()}: {self.scope}"
