"""Lets all roles see players' flags, and Risk raise and lower them."""

from django.db import migrations

MODEL = {"app_label": "casino_backoffice", "model": "playerflag"}
RIGHTS = {
    "view_playerflag": ("Support", "Finance", "Risk", "Compliance", "Auditor", "Integrations"),
    "add_playerflag": ("Risk",),
    "change_playerflag": ("Risk",),
}


def grant(apps, schema_editor):
    alias = schema_editor.connection.alias
    types = apps.get_model("contenttypes", "ContentType").objects.using(alias)
    permissions = apps.get_model("auth", "Permission").objects.using(alias)
    groups = apps.get_model("auth", "Group").objects.using(alias)
    content_type, _ = types.get_or_create(**MODEL)
    for codename, roles in RIGHTS.items():
        permission, _ = permissions.get_or_create(
            content_type=content_type,
            codename=codename,
            defaults={"name": f"Can {codename.replace('_', ' ')}"},
        )
        for group in groups.filter(name__in=roles):
            group.permissions.add(permission)


def revoke(apps, schema_editor):
    permissions = apps.get_model("auth", "Permission").objects.using(schema_editor.connection.alias)
    permissions.filter(codename__in=RIGHTS).delete()


class Migration(migrations.Migration):
    dependencies = [("backoffice", "0003_roles")]
    operations = [migrations.RunPython(grant, revoke)]
