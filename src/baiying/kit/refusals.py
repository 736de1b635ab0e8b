"""Named refusals: what is wrong, with which field, and what to do about it, in the reader's language.

Services raise them; doors render them as a page or as application/problem+json (RFC 9457). A refusal never
leaves anything changed: it is raised before the write or rolls the transaction back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.utils.functional import Promise, lazy
from django.utils.translation import gettext_lazy as _

Words = str | Promise


def worded(template: Words, /, **values: object) -> Words:
    """`template % values`, put into words only when read, so that it comes out in the reader's language.

    Plain `%` on a lazy string would translate at once, in the language of whoever raised.
    """
    return lazy(lambda: str(template) % values, str)()


class Refusal(Exception):
    """Somebody asked for something that cannot be done; says what, why and what would help.

    code: a word for machines, also the last part of the problem type; problem and remedy: a sentence each,
    lazily translated, Chinese as msgid; field: dotted path of the input at fault ("contact.phone"), or
    None; status: HTTP status; extra: further members for machines, JSON values only, never personal data.
    """

    code: str = "refused"
    title: ClassVar[Words] = _("没有办成")
    status: int = 400
    default_problem: ClassVar[Words] = _("这件事办不了。")
    default_remedy: ClassVar[Words] = _("请检查后再试。")

    def __init__(
        self,
        *,
        problem: Words | None = None,
        remedy: Words | None = None,
        field: str | None = None,
        code: str | None = None,
        status: int | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        self.problem: Words = self.default_problem if problem is None else problem
        self.remedy: Words = self.default_remedy if remedy is None else remedy
        self.field = field
        self.code = code or self.code
        self.status = status or self.status
        self.extra: dict[str, Any] = dict(extra or {})
        super().__init__(self.code)

    def __str__(self) -> str:
        where = f"{self.field}: " if self.field else ""
        return f"{self.code}: {where}{self.problem} {self.remedy}"

    @property
    def parts(self) -> Sequence[Refusal]:
        """The single refusals: itself, or the several of a form."""
        return (self,)

    @property
    def headers(self) -> dict[str, str]:
        """HTTP headers that belong to the answer."""
        return {}


class Invalid(Refusal):
    """The input cannot be accepted. 422; pass status=400 where the message itself cannot be read."""

    code = "invalid"
    title = _("填写有误")
    status = 422
    default_problem = _("填写的内容不对。")
    default_remedy = _("请改正后再提交。")


class Denied(Refusal):
    """The actor lacks a permission at a unit. Names both, so that the right person can be asked for it."""

    code = "denied"
    title = _("没有权限")
    status = 403

    def __init__(
        self,
        *,
        permission: Words,
        sentence: Words,
        unit: Words,
        code: str | None = None,
        field: str | None = None,
    ) -> None:
        self.permission, self.sentence, self.unit = permission, sentence, unit
        super().__init__(
            problem=worded(
                _("在“%(unit)s”没有“%(permission)s”权限：%(sentence)s"),
                unit=unit,
                permission=permission,
                sentence=sentence,
            ),
            remedy=_("如果这属于您的职责，请向本单位负责人或安全管理员申请。"),
            field=field,
            code=code,
        )


class NotFound(Refusal):
    """There is no such thing, or not within the actor's scope; the two are not told apart."""

    code = "not_found"
    title = _("没有找到")
    status = 404
    default_problem = _("没有找到，或者不在您能查看的范围内。")
    default_remedy = _("请核对编号或地址。")


class Conflict(Refusal):
    """The thing has changed meanwhile, or the same key came with another content."""

    code = "conflict"
    title = _("情况已经变化")
    status = 409
    default_problem = _("有人刚刚改动过。")
    default_remedy = _("请刷新页面，看过最新情况后再操作。")


class TooLarge(Refusal):
    """More bytes than are taken."""

    code = "too_large"
    title = _("内容太大")
    status = 413
    default_problem = _("内容超过了允许的大小。")
    default_remedy = _("请减少内容或分几次提交。")


class Unsupported(Refusal):
    """A kind of content that is not taken."""

    code = "unsupported"
    title = _("格式不支持")
    status = 415
    default_problem = _("不支持这种格式。")
    default_remedy = _("请换一种格式再提交。")


class TooMany(Refusal):
    """Too often in too short a time. retry_after: whole seconds, at least 1, sent as Retry-After."""

    code = "too_many"
    title = _("太频繁了")
    status = 429

    def __init__(self, *, retry_after: int, problem: Words | None = None, code: str | None = None) -> None:
        self.retry_after = max(1, retry_after)
        super().__init__(
            problem=problem or _("短时间内提交太多次。"),
            remedy=worded(_("请过 %(seconds)s 秒再试；紧急情况请直接打电话。"), seconds=self.retry_after),
            code=code,
            extra={"retry_after": self.retry_after},
        )

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(self.retry_after)}


class Unavailable(Refusal):
    """Something that is needed does not answer just now; nothing was saved."""

    code = "unavailable"
    title = _("暂时无法办理")
    status = 503
    default_problem = _("系统暂时无法保存，刚才的内容没有提交成功。")
    default_remedy = _("请稍后再试；紧急情况请直接打电话。")

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": "5"}


class Refusals(Refusal):
    """Several refusals of one form at once, in the order of its fields."""

    code = "several"
    title = _("填写有误")
    status = 422

    def __init__(self, parts: Sequence[Refusal]) -> None:
        if not parts:
            raise ValueError("refusals without a refusal")
        self._parts = tuple(one for part in parts for one in part.parts)
        statuses = {part.status for part in self._parts}
        super().__init__(
            problem=worded(_("有 %(count)s 处需要改正。"), count=len(self._parts)),
            remedy=_("请逐处改正后再提交。"),
            status=statuses.pop() if len(statuses) == 1 else 422,
        )

    @property
    def parts(self) -> Sequence[Refusal]:
        return self._parts


class _Keeping:
    def __init__(self, parts: list[Refusal]) -> None:
        self.parts = parts

    def __enter__(self) -> None:
        return None

    # A class and not a generator: only so do type checkers see that what follows the block is reached.
    def __exit__(self, _kind: object, raised: BaseException | None, _traceback: object) -> bool:
        if isinstance(raised, Refusal):
            self.parts.extend(raised.parts)
            return True
        return False


class Gathered:
    """Collects refusals so that a form tells everything at once.

    gathered = Gathered()
    with gathered.one():
        text = clean(raw)
    gathered.settle()  # raises what was refused, if anything
    """

    def __init__(self) -> None:
        self.parts: list[Refusal] = []

    def one(self) -> _Keeping:
        """Keep a refusal raised inside for later; whatever was to be assigned inside stays unassigned."""
        return _Keeping(self.parts)

    def settle(self) -> None:
        """Raise the one refusal or the several; nothing when there was none."""
        if len(self.parts) == 1:
            raise self.parts[0]
        if self.parts:
            raise Refusals(self.parts)


def to_problem(refusal: Refusal, instance: str = "") -> dict[str, Any]:
    """The refusal as a problem+json object (RFC 9457), worded in the language now active.

    Members: type (/problems/<code>), title, status, detail, code, errors [{code, field, pointer, problem,
    remedy}] (pointer: JSON pointer into the request body as a fragment, or null), instance when given, and
    the extra members.
    """
    problem: dict[str, Any] = {
        **refusal.extra,
        "type": f"/problems/{refusal.code}",
        "title": str(refusal.title),
        "status": refusal.status,
        "detail": f"{refusal.problem} {refusal.remedy}",
        "code": refusal.code,
        "errors": [_as_error(part) for part in refusal.parts],
    }
    if isinstance(refusal, Denied):
        problem |= {"permission": str(refusal.permission), "unit": str(refusal.unit)}
    if instance:
        problem["instance"] = instance
    return problem


def _as_error(part: Refusal) -> dict[str, Any]:
    return {
        **part.extra,
        "code": part.code,
        "field": part.field,
        "pointer": None if part.field is None else _pointer(part.field),
        "problem": str(part.problem),
        "remedy": str(part.remedy),
    }


def _pointer(field: str) -> str:
    escaped = (step.replace("~", "~0").replace("/", "~1") for step in field.split("."))
    return "#/" + "/".join(escaped)
