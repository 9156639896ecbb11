"""PostgreSQL keeps the staff log append-only, whoever writes."""

from django.db import migrations

REFUSE = """
CREATE FUNCTION backoffice_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END;
$$
"""
GUARD = """
CREATE TRIGGER backoffice_staff_actions_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON backoffice_staff_actions
    FOR EACH STATEMENT EXECUTE FUNCTION backoffice_refuse_change()
"""


class Migration(migrations.Migration):
    dependencies = [("backoffice", "0001_staff_log")]
    operations = [
        migrations.RunSQL(REFUSE, "DROP FUNCTION backoffice_refuse_change()"),
        migrations.RunSQL(
            GUARD,
            "DROP TRIGGER backoffice_staff_actions_append_only ON backoffice_staff_actions",
        ),
    ]
