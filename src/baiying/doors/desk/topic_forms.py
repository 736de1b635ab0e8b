"""The forms on the page of a topic."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later

from baiying.doors.shared.names import name_of
from baiying.kit import clock
from baiying.kit.lifecycle import Step
from baiying.topics import queries
from baiying.topics.models import Topic
from baiying.topics.services import MOST_WORDS, StepData

TEXTS = {
    "dismiss": later("为什么不立项"),
    "take_measure": later("采取了什么措施"),
    "close": later("效果怎么样，为什么可以销项"),
    "reopen": later("为什么重新立项"),
}


class TopicStepForm(forms.Form):
    """What a step needs: an owner, words, a day."""

    short_choices = ()

    def __init__(self, step: Step, topic: Topic, data: Any = None) -> None:
        super().__init__(data, auto_id=f"{step.name}-%s")
        self.step = step
        self.fields["version"] = forms.IntegerField(widget=forms.HiddenInput, initial=topic.version)
        if "owner" in step.needs:
            self.fields["post"] = forms.TypedChoiceField(
                label=later("责任人"), coerce=int, choices=[("", _("请选择")), *_owners(topic.tenant_id)],
                error_messages={
                    "required": later("没有选责任人。请从列表里选一位同志。"),
                    "invalid_choice": later("没有这位同志，请从列表里选。"),
                },
            )  # fmt: skip
        if "day" in step.needs:
            self.fields["day"] = forms.DateField(
                label=later("从哪天起"), input_formats=["%Y-%m-%d"], initial=clock.today,
                widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
                error_messages={
                    "required": later("没有写日期。"),
                    "invalid": later("日期要写成 2026-11-23 的样子。"),
                },
                help_text=later("前后件数从这一天分开比较。"),
            )  # fmt: skip
        if "text" in step.needs:
            self.fields["text"] = forms.CharField(
                label=TEXTS[step.name], max_length=MOST_WORDS, widget=forms.Textarea(attrs={"rows": 3}),
                error_messages={"required": later("没有写说明。请写清楚，别人查得到。")},
            )  # fmt: skip

    @property
    def version(self) -> int:
        """The topic's version when the form was shown."""
        return int(self.cleaned_data["version"])

    def said(self) -> StepData:
        """The form as the service takes it."""
        told = self.cleaned_data
        return StepData(text=told.get("text", ""), post_id=told.get("post"), day=told.get("day"))


def _owners(tenant_id: int) -> list[tuple[int, str]]:
    return [
        (post.pk, f"{name_of(post.unit)} · {name_of(post.account)}")
        for post in queries.owner_posts(tenant_id)
    ]


class CasesForm(forms.Form):
    """A case put in or taken out by its reference."""

    reference = forms.CharField(
        label=later("诉求编号"), max_length=40, error_messages={"required": later("没有写编号。")}
    )
    change = forms.ChoiceField(
        label=later("怎么改"), choices=[("in", later("放进来")), ("out", later("移出去"))], initial="in",
        widget=forms.RadioSelect, error_messages={"required": later("还没有选。")},
    )  # fmt: skip
