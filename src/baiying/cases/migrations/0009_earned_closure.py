from importlib import import_module
from pathlib import Path

import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models

from baiying.kit import rls

SQL = Path(__file__).parent.parent / "sql"
follows_case = import_module("baiying.cases.migrations.0002_row_security").follows_case


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0008_split"),
    ]

    operations = [
        migrations.CreateModel(
            name="CallBack",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("tenant_id", models.IntegerField()),
                ("community_id", models.BigIntegerField(null=True)),
                ("opened_at", models.DateTimeField()),
                ("next_try_at", models.DateTimeField()),
                ("tries", models.SmallIntegerField(default=0)),
                ("taken_by", models.BigIntegerField(null=True)),
                ("taken_name", models.TextField(default="")),
                ("taken_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("result", models.TextField(default="")),
            ],
        ),
        migrations.CreateModel(
            name="ClosureRule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("tenant_id", models.IntegerField()),
                ("values", models.JSONField()),
                ("profile", models.TextField(default="shandong")),
                ("reason", models.TextField()),
                ("set_by", models.BigIntegerField(null=True)),
                ("set_name", models.TextField(default="")),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Draw",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("tenant_id", models.IntegerField()),
                ("community_id", models.BigIntegerField(null=True)),
                ("inspector_id", models.BigIntegerField(null=True)),
                ("handler_unit_id", models.BigIntegerField(null=True)),
                ("handled_at", models.DateTimeField()),
                ("reasons", models.JSONField(default=list)),
                ("probability", models.FloatField()),
                ("seed", models.TextField()),
                ("number", models.FloatField()),
                ("is_drawn", models.BooleanField()),
                ("open_until", models.DateTimeField()),
                ("result", models.TextField(default="")),
                ("note", models.TextField(default="")),
                ("metres", models.IntegerField(null=True)),
                ("result_at", models.DateTimeField(null=True)),
                ("result_by", models.BigIntegerField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Exclusion",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("tenant_id", models.IntegerField()),
                ("community_id", models.BigIntegerField(null=True)),
                ("class_code", models.TextField()),
                ("text", models.TextField()),
                (
                    "state",
                    models.TextField(
                        choices=[
                            ("proposed", "Proposed"),
                            ("agreed", "Agreed"),
                            ("refused", "Refused"),
                            ("appealed", "Appealed"),
                            ("upheld", "Upheld"),
                        ],
                        default="proposed",
                    ),
                ),
                ("proposed_by", models.BigIntegerField()),
                ("proposed_name", models.TextField()),
                ("proposed_at", models.DateTimeField()),
                ("decided_by", models.BigIntegerField(null=True)),
                ("decided_name", models.TextField(default="")),
                ("decided_at", models.DateTimeField(null=True)),
                ("decision", models.TextField(default="")),
                ("appealed_at", models.DateTimeField(null=True)),
                ("appeal", models.TextField(default="")),
                ("reviewed_by", models.BigIntegerField(null=True)),
                ("reviewed_name", models.TextField(default="")),
                ("reviewed_at", models.DateTimeField(null=True)),
                ("review", models.TextField(default="")),
            ],
        ),
        migrations.CreateModel(
            name="Raising",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("tenant_id", models.IntegerField()),
                ("at", models.DateTimeField()),
                ("why", models.TextField()),
                ("level", models.SmallIntegerField()),
                ("label", models.TextField()),
                ("duty", models.TextField(default="")),
                ("name", models.TextField(default="")),
                ("account_id", models.BigIntegerField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Reuse",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("tenant_id", models.IntegerField()),
                ("other_photo_id", models.UUIDField()),
                ("other_case_id", models.UUIDField()),
                ("bits", models.SmallIntegerField()),
                ("found_at", models.DateTimeField()),
                ("explanation", models.TextField(default="")),
                ("explained_by", models.BigIntegerField(null=True)),
                ("explained_name", models.TextField(default="")),
                ("explained_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name="case",
            name="is_not_counted",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="case",
            name="raise_count",
            field=models.SmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="case",
            name="raised_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="case",
            name="rate_method",
            field=models.TextField(db_default="", default=""),
        ),
        migrations.AddField(
            model_name="photo",
            name="band_1",
            field=models.GeneratedField(
                db_persist=True,
                expression=django.db.models.functions.text.Substr("perceptual_hash", 1, 4),
                output_field=models.TextField(),
            ),
        ),
        migrations.AddField(
            model_name="photo",
            name="band_2",
            field=models.GeneratedField(
                db_persist=True,
                expression=django.db.models.functions.text.Substr("perceptual_hash", 5, 4),
                output_field=models.TextField(),
            ),
        ),
        migrations.AddField(
            model_name="photo",
            name="band_3",
            field=models.GeneratedField(
                db_persist=True,
                expression=django.db.models.functions.text.Substr("perceptual_hash", 9, 4),
                output_field=models.TextField(),
            ),
        ),
        migrations.AddField(
            model_name="photo",
            name="band_4",
            field=models.GeneratedField(
                db_persist=True,
                expression=django.db.models.functions.text.Substr("perceptual_hash", 13, 4),
                output_field=models.TextField(),
            ),
        ),
        migrations.AddField(
            model_name="photo",
            name="metres",
            field=models.IntegerField(null=True),
        ),
        migrations.AddField(
            model_name="photo",
            name="placed_by",
            field=models.TextField(default=""),
        ),
        migrations.AlterField(
            model_name="photo",
            name="purpose",
            field=models.TextField(
                choices=[
                    ("report", "Report"),
                    ("before", "Before"),
                    ("proof", "Proof"),
                    ("inspection", "Inspection"),
                ]
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("raised_at__isnull", False)),
                fields=["tenant_id", "raised_at"],
                name="case_raised_on",
            ),
        ),
        migrations.AddIndex(
            model_name="photo",
            index=models.Index(fields=["tenant_id", "band_1"], name="photo_band_1"),
        ),
        migrations.AddIndex(
            model_name="photo",
            index=models.Index(fields=["tenant_id", "band_2"], name="photo_band_2"),
        ),
        migrations.AddIndex(
            model_name="photo",
            index=models.Index(fields=["tenant_id", "band_3"], name="photo_band_3"),
        ),
        migrations.AddIndex(
            model_name="photo",
            index=models.Index(fields=["tenant_id", "band_4"], name="photo_band_4"),
        ),
        migrations.AddField(
            model_name="callback",
            name="case",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="call_backs",
                to="cases.case",
            ),
        ),
        migrations.AddIndex(
            model_name="closurerule",
            index=models.Index(fields=["tenant_id", "-id"], name="closure_rule_latest"),
        ),
        migrations.AddField(
            model_name="draw",
            name="case",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="draws",
                to="cases.case",
            ),
        ),
        migrations.AddField(
            model_name="exclusion",
            name="case",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="exclusions",
                to="cases.case",
            ),
        ),
        migrations.AddField(
            model_name="raising",
            name="case",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="raisings",
                to="cases.case",
            ),
        ),
        migrations.AddField(
            model_name="reuse",
            name="case",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reuses",
                to="cases.case",
            ),
        ),
        migrations.AddField(
            model_name="reuse",
            name="photo",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="cases.photo",
            ),
        ),
        migrations.AddIndex(
            model_name="callback",
            index=models.Index(
                condition=models.Q(("ended_at__isnull", True)),
                fields=["tenant_id", "next_try_at"],
                name="call_back_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="callback",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)),
                fields=("tenant_id", "case"),
                name="call_back_one_open",
            ),
        ),
        migrations.AddIndex(
            model_name="draw",
            index=models.Index(fields=["tenant_id", "handled_at"], name="draw_by_day"),
        ),
        migrations.AddIndex(
            model_name="draw",
            index=models.Index(
                condition=models.Q(("is_drawn", True), ("result", "")),
                fields=["tenant_id", "inspector_id", "open_until"],
                name="draw_to_do",
            ),
        ),
        migrations.AddConstraint(
            model_name="draw",
            constraint=models.UniqueConstraint(fields=("case", "handled_at"), name="draw_once_a_handling"),
        ),
        migrations.AddIndex(
            model_name="exclusion",
            index=models.Index(fields=["tenant_id", "state", "proposed_at"], name="exclusion_to_decide"),
        ),
        migrations.AddConstraint(
            model_name="exclusion",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "refused"), _negated=True),
                fields=("tenant_id", "case"),
                name="exclusion_one_in_force",
            ),
        ),
        migrations.AddIndex(
            model_name="raising",
            index=models.Index(fields=["tenant_id", "case"], name="raising_of_case"),
        ),
        migrations.AddIndex(
            model_name="reuse",
            index=models.Index(fields=["tenant_id", "case"], name="reuse_of_case"),
        ),
        migrations.RunSQL((SQL / "search.sql").read_text(), migrations.RunSQL.noop),
        # Who will look, and whether at all, is for the street's office and the grid that goes.
        migrations.RunSQL(*rls.protect("cases_draw", grid="inspector_id")),
        follows_case("cases_reuse"),
        follows_case("cases_raising"),
        follows_case("cases_callback"),
        follows_case("cases_exclusion"),
        migrations.RunSQL(
            *rls.protect("cases_closurerule", community=True, grid=True, unit=True, case=True, public=True)
        ),
    ]
