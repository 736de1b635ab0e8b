"""The rules of GeoReport v2 that can be seen from outside, each as a sentence and a question to the running server."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from baiying.cases import catalogue, questions
from baiying.doors.open311.own_server import OwnServer
from baiying.doors.open311.reading import STATUSES
from baiying.doors.open311.updates import ENDINGS, STATUS
from baiying.kit import clock
from baiying.kit.refusals import Words

Found = tuple[bool, Any]  # whether the rule is kept, and what was found
Question = Callable[[OwnServer], Found]

XML, JSON = "text/xml; charset=utf-8", "application/json; charset=utf-8"
ENTITIES: Final = (
    '<!DOCTYPE a [<!ENTITY b "x"><!ENTITY c SYSTEM "file:///etc/passwd">]><request>&b;&c;</request>'
)
FIELDS: Final = {
    "service_request_id", "status", "status_notes", "service_name", "service_code", "description", "agency_responsible",
    "service_notice", "requested_datetime", "updated_datetime", "expected_datetime", "address", "address_id", "zipcode",
    "lat", "long", "media_url",
}  # fmt: skip


def _statuses(*found: int) -> str:
    return ", ".join(map(str, found))


def _discovery_types(server: OwnServer) -> Found:
    found = [server.get(f"discovery.{fmt}").type for fmt in ("xml", "json")]
    return found == ["text/xml", "application/json"], "; ".join(found)


def _endpoints(server: OwnServer) -> Found:
    endpoints = server.get("discovery.json").rows["endpoints"]
    found = [(one["type"], len(one["formats"])) for one in endpoints]
    return found == [("production", 2), ("test", 2)], ", ".join(f"{kind} ({n})" for kind, n in found)


def _changeset(server: OwnServer) -> Found:
    said = server.get("discovery.json").rows["changeset"]
    return datetime.fromisoformat(said) < clock.now(), said


def _types(server: OwnServer) -> Found:
    found = {server.get(f"{path}.xml").type for path in ("services", "requests", "tokens/x")}
    found |= {server.get(f"{path}.json").type for path in ("services", "requests", "tokens/x")}
    return found == {XML, JSON}, "; ".join(sorted(found))


def _declaration(server: OwnServer) -> Found:
    found = [server.get(f"{path}.xml").root for path in ("services", "requests", "tokens/x")]
    return found == ["services", "service_requests", "errors"], ", ".join(found)


def _services(server: OwnServer) -> Found:
    rows = server.get("services.json").rows
    wanted = {"service_code", "service_name", "description", "metadata", "type", "keywords", "group"}
    is_right = isinstance(rows, list) and all(
        set(row) == wanted and type(row["metadata"]) is bool for row in rows
    )
    return is_right and bool(rows), len(rows)


def _metadata(server: OwnServer) -> Found:
    rows = server.get("services.json").rows
    wrong = [
        row["service_code"]
        for row in rows
        if row["metadata"] != bool(questions.questions_of(row["service_code"]))
    ]
    return not wrong, ", ".join(wrong) or len(rows)


def _definitions(server: OwnServer) -> Found:
    codes = [c.code for c in catalogue.categories(clock.today()) if questions.questions_of(c.code)]
    wrong = []
    for code in codes:
        asked = server.get(f"services/{code}.json").rows["attributes"]
        orders = [one["order"] for one in asked]
        if orders != sorted(set(orders)) or min(orders, default=0) < 1:
            wrong.append(code)
    return not wrong, ", ".join(wrong) or len(codes)


def _unknown_things(server: OwnServer) -> Found:
    found = [
        server.get(f"{p}.json").status
        for p in ("services/nothing", "requests/nothing", "tokens/nothing", "x")
    ]
    return set(found) == {404}, _statuses(*found)


def _jurisdictions(server: OwnServer) -> Found:
    unknown, missing = server.get("services.json", street="nowhere"), server.get("services.json", street=None)
    return unknown.status == 404 and missing.status in (200, 400), _statuses(unknown.status, missing.status)


def _keys(server: OwnServer) -> Found:
    found = [server.post("requests.json", edition="v2", **key).status for key in ({}, {"api_key": "wrong"})]
    return found == [403, 403], _statuses(*found)


def _errors(server: OwnServer) -> Found:
    xml, rows = server.post("requests.xml"), server.post("requests.json").rows
    is_list = isinstance(rows, list) and all(set(row) == {"code", "description"} for row in rows)
    return is_list and xml.root == "errors", xml.root


def _entities(server: OwnServer) -> Found:
    found = [
        server.post("requests.xml", kind=kind, body=ENTITIES).status
        for kind in ("text/xml", "application/xml")
    ]
    return found == [400, 400], _statuses(*found)


def _received(server: OwnServer) -> Found:
    rows = server.post("requests.json", **_good(server)).rows
    is_right = (
        isinstance(rows, list)
        and len(rows) == 1
        and ("service_request_id" in rows[0]) != ("token" in rows[0])
    )
    return is_right, rows[0].get("service_request_id") or rows[0].get("description")


def _not_kept(server: OwnServer) -> Found:
    reference = server.post("requests.json", **_good(server)).rows[0].get("service_request_id", "")
    found = server.get(f"requests/{reference}.json").status
    return bool(reference) and found == 404, f"{reference}: {found}"


def _required(server: OwnServer) -> Found:
    row = server.post("requests.json", **_good(server) | {"service_code": "lift-fault"})
    said = row.rows[0]["description"]
    return row.status == 400 and said.startswith("attribute[trapped]"), said


def _too_long(server: OwnServer) -> Found:
    row = server.post("requests.json", **_good(server) | {"description": "x" * 4001})
    return row.status == 400, row.status


def _good(server: OwnServer) -> dict[str, str]:
    return {
        "api_key": server.key,
        "service_code": "other",
        "address_string": "self-test",
        "description": "Open311 self-test",
    }


def _fields(server: OwnServer) -> Found:
    rows = server.get("requests.json", page_size="50").rows
    wrong = [row["service_request_id"] for row in rows if set(row) != FIELDS or row["status"] not in STATUSES]
    wrong += [row["service_code"] for row in rows if not {str} >= {type(row["service_request_id"])}]
    return not wrong, ", ".join(wrong) or len(rows)


def _places(server: OwnServer) -> Found:
    rows = server.get("requests.json", page_size="50").rows
    wrong = [
        r["service_request_id"] for r in rows if not {type(r["lat"]), type(r["long"])} <= {float, type(None)}
    ]
    return not wrong, ", ".join(wrong) or len(rows)


def _offsets(server: OwnServer) -> Found:
    rows = server.get("requests.json", page_size="50").rows
    said = [row[name] for row in rows for name in ("requested_datetime", "updated_datetime")]
    wrong = [one for one in said if datetime.fromisoformat(one).tzinfo is None]
    return not wrong, ", ".join(wrong) or (said[0] if said else 0)


def _status_filter(server: OwnServer) -> Found:
    found = {
        s: {r["status"] for r in server.get("requests.json", status=s, page_size="50").rows} for s in STATUSES
    }
    return all(seen <= {status} for status, seen in found.items()), ", ".join(
        sorted(set().union(*found.values()))
    )


def _span(server: OwnServer) -> Found:
    found = server.get(
        "requests.json", start_date="2026-01-01T00:00:00Z", end_date="2026-04-02T00:00:00Z"
    ).status
    return found == 400, found


def _dates(server: OwnServer) -> Found:
    said = (
        "2026-11-01T00:00:00Z",
        "2026-11-01T00:00:00+08:00",
        "2026-11-01T00:00:00",
        "2026-11-01T00:00:00.123Z",
    )
    found = [server.get("requests.json", start_date=one, page_size="1").status for one in said]
    return set(found) == {200}, _statuses(*found)


def _ids_first(server: OwnServer) -> Found:
    rows = server.get("requests.json", page_size="2").rows
    wanted = [row["service_request_id"] for row in rows]
    asked = {"service_request_id": ",".join(wanted) or "x", "status": "closed", "service_code": "nothing"}
    found = [row["service_request_id"] for row in server.get("requests.json", **asked).rows]
    return sorted(found) == sorted(wanted), ", ".join(found) or 0


def _one(server: OwnServer) -> Found:
    rows = server.get("requests.json", page_size="1").rows
    if not rows:
        return True, 0
    found = server.get(f"requests/{rows[0]['service_request_id']}.json").rows
    return found == rows, rows[0]["service_request_id"]


def _pages(server: OwnServer) -> Found:
    rows, first, second = (
        server.get("requests.json", page_size=size, page=page).rows
        for size, page in (("2", "1"), ("1", "1"), ("1", "2"))
    )
    return first + second == rows, len(rows)


def _plain(server: OwnServer) -> Found:
    more = server.get("requests.json", page_size="1", extensions="true").rows
    found = sorted(set(more[0]) - FIELDS) if more else []
    return found in ([], ["attributes", "extended_attributes", "notes"]), ", ".join(found) or 0


def _sensitive(server: OwnServer) -> Found:
    codes = [c.code for c in catalogue.all_categories() if c.is_sensitive]
    rows = server.get("requests.json", service_code=",".join(codes), page_size="50").rows
    wrong = [
        r["service_request_id"] for r in rows if (r["description"], r["lat"], r["long"]) != (None, None, None)
    ]
    return not wrong, ", ".join(wrong) or len(rows)


def _cors(server: OwnServer) -> Found:
    read, asked = server.get("services.json"), server.options("requests.json")
    found = [one.headers.get("access-control-allow-origin", "") for one in (read, asked)]
    return found == ["*", "*"] and asked.status == 204, ", ".join(found)


def _no_jsonp(server: OwnServer) -> Found:
    answer = server.get("services.json", callback="alert")
    return isinstance(answer.rows, list), answer.type


def _methods(server: OwnServer) -> Found:
    answer = server.strange("requests.json")
    return answer.status == 405, f"{answer.status} {answer.headers.get('allow', '')}"


def _updates(server: OwnServer) -> Found:
    known = {*STATUS.values(), *ENDINGS.values()}
    found = {row["status"] for row in server.get("servicerequestupdates.json", page_size="100").rows}
    root = server.get("servicerequestupdates.xml", page_size="1").root
    return found <= known and root == "service_request_updates", ", ".join(sorted(found)) or 0


RULES: Final[tuple[tuple[Words, Question], ...]] = (
    (_("发现文档的 Content-Type 不带字符集"), _discovery_types),
    (_("列出正式和试用两个地址，各有两种格式"), _endpoints),
    (_("changeset 是过去的时间"), _changeset),
    (_("其余回答的 Content-Type 写明 UTF-8"), _types),
    (_("XML 有声明和编码，根元素正确"), _declaration),
    (_("类别是一个不加外壳的数组，各项齐全"), _services),
    (_("metadata 与类别有没有问题一致"), _metadata),
    (_("问题的 order 是不重复的正数"), _definitions),
    (_("不存在的类别、编号、令牌、地址答 404"), _unknown_things),
    (_("不存在的 jurisdiction_id 答 404"), _jurisdictions),
    (_("没有或错误的 api_key 答 403"), _keys),
    (_("错误是一张列表，两种格式都是"), _errors),
    (_("XML 和其中的实体不解析，答 400"), _entities),
    (_("一件诉求得到编号，而不是编号和令牌都有"), _received),
    (_("试用地址什么都不留下"), _not_kept),
    (_("缺必答问题时指明是哪一个"), _required),
    (_("超过 4000 字的描述答 400"), _too_long),
    (_("诉求只有标准的各项，编号是文字"), _fields),
    (_("坐标是数字或空"), _places),
    (_("时间都带时区"), _offsets),
    (_("按 status 筛选的结果相符"), _status_filter),
    (_("超过 90 天的范围答 400"), _span),
    (_("时间可以不带时区，可以有小数秒"), _dates),
    (_("service_request_id 优先于其他条件"), _ids_first),
    (_("单件查询是一项的数组"), _one),
    (_("按页翻不重不漏"), _pages),
    (_("扩展内容要 extensions=true 才有"), _plain),
    (_("敏感类别不公开原话和坐标"), _sensitive),
    (_("任何网页都可以读（CORS）"), _cors),
    (_("不提供 JSONP"), _no_jsonp),
    (_("不认识的方法答 405"), _methods),
    (_("办理动态用的是约定的状态"), _updates),
)
