"""Creates roles for staff, each with the permissions its work needs. Exporting is one of them."""

from django.db import migrations

CASINO = (
    "user", "wallet", "transaction", "ledgerentry", "gamesession", "simulationrun", "gameprovider",
    "game", "currency",
)  # fmt: skip
PROVIDER = (
    "casino", "game", "customer", "session", "run", "gameround", "bet", "betattempt",
)  # fmt: skip

LOOK = {
    **{("casino", model): ("view",) for model in CASINO},
    **{("provider", model): ("view",) for model in PROVIDER},
}
NOTES = {("casino_backoffice", "playernote"): ("view", "add")}
REPORTS = {
    ("casino_reports", "gamehour"): ("view_reports",),
    ("casino_reports", "gametheory"): ("view",),
    ("casino_backoffice", "adjustmentproposal"): ("view",),
    ("casino_backoffice", "currencypolicy"): ("view",),
    ("backoffice", "checkrun"): ("view",),
}
EXPORT = {("backoffice", "staffaction"): ("export_data",)}
STAFF_LOG = {("backoffice", "staffaction"): ("view",)}
KEYS = {("casino", "apikey"): ("view",)}


def both(*rights):
    """All of these rights; rights for the same model are joined."""
    joined = {}
    for each in rights:
        for model, names in each.items():
            joined[model] = tuple(dict.fromkeys((*joined.get(model, ()), *names)))
    return joined


ROLES = {
    "Support": both(LOOK, NOTES),
    "Finance": both(
        LOOK, NOTES, REPORTS, EXPORT,
        {
            ("casino", "wallet"): ("adjust_wallet",),
            ("casino_backoffice", "adjustmentproposal"): ("approve_adjustment",),
            ("backoffice", "checkrun"): ("repair_differences",),
        },
    ),
    "Risk": both(
        LOOK, NOTES, REPORTS,
        {
            ("casino_backoffice", "playernote"): ("block_player",),
            ("casino", "gamesession"): ("change",),
            ("backoffice", "checkrun"): ("resolve_round",),
        },
    ),
    "Compliance": both(
        LOOK, REPORTS, EXPORT, STAFF_LOG, KEYS, {("casino_backoffice", "playernote"): ("view",)}
    ),
    "Auditor": both(
        LOOK, REPORTS, STAFF_LOG, KEYS, {("casino_backoffice", "playernote"): ("view",)}
    ),
    "Integrations": both(
        LOOK,
        {
            ("casino", "gameprovider"): ("add", "change"),
            ("casino", "game"): ("add", "change"),
            ("casino", "currency"): ("add", "change"),
            ("casino", "apikey"): ("view", "add", "change", "delete"),
            ("casino_reports", "gametheory"): ("view", "add", "change"),
            ("provider", "casino"): ("add", "change"),
            ("provider", "game"): ("add", "change"),
        },
    ),
}  # fmt: skip


def make_roles(apps, schema_editor):
    alias = schema_editor.connection.alias
    group_model = apps.get_model("auth", "Group")
    for name, rights in ROLES.items():
        group, _ = group_model.objects.using(alias).get_or_create(name=name)
        group.permissions.add(
            *(permission(apps, alias, model, right) for model in rights for right in rights[model])
        )


def permission(apps, alias, model, right):
    """Django adds permissions only after all migrations, and leaves existing ones alone."""
    label, name = model
    types = apps.get_model("contenttypes", "ContentType").objects.using(alias)
    content_type, _ = types.get_or_create(app_label=label, model=name)
    is_standard = right in ("view", "add", "change", "delete")
    codename = f"{right}_{name}" if is_standard else right
    permissions = apps.get_model("auth", "Permission").objects.using(alias)
    found, _ = permissions.get_or_create(
        content_type=content_type,
        codename=codename,
        defaults={"name": f"Can {codename.replace('_', ' ')}"},
    )
    return found


def drop_roles(apps, schema_editor):
    groups = apps.get_model("auth", "Group").objects.using(schema_editor.connection.alias)
    groups.filter(name__in=ROLES).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("backoffice", "0002_append_only"),
    ]
    operations = [migrations.RunPython(make_roles, drop_roles)]
