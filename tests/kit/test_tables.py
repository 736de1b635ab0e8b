"""A reference file that is not as declared is told by file, line and column."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from baiying.kit.tables import Row, TableError, read_table, rows_valid

HEAD = "code,name,source,grade,valid_from,valid_to\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "matters.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_rows_are_read_with_their_provenance(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "\ufeff" + HEAD + '01, 路灯 ,"GB/T 47678.5, A.1",A,2026-01-01,\n\n02,井盖,own,D,,2026-06-30\n',
    )
    lamp, cover = read_table(path, columns=("code", "name"), key=("code",))
    assert lamp == Row({"code": "01", "name": "路灯"}, "GB/T 47678.5, A.1", "A", date(2026, 1, 1), None, 2)
    assert cover["name"] == "井盖"
    assert rows_valid([lamp, cover], date(2026, 6, 30)) == [lamp, cover]
    assert rows_valid([lamp, cover], date(2026, 7, 1)) == [lamp]
    assert rows_valid([lamp, cover], date(2025, 12, 31)) == [cover]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "column missing: code, name, source, grade, valid_from, valid_to"),
        ("code,source,grade,valid_from,valid_to\n", "matters.csv: column missing: name"),
        (HEAD.replace("\n", ",code\n"), "a column comes twice"),
        (HEAD + "01,路灯,s,A,2026-01-01\n", "matters.csv:2: 5 cells under 6 columns"),
        (HEAD + "01,路灯,,A,,\n", "matters.csv:2: source is empty"),
        (HEAD + "01,路灯,s,E,,\n", "grade 'E' is none of A, B, C, D"),
        (HEAD + "01,路灯,s,A,1.1.2026,\n", "valid_from '1.1.2026' is no date"),
        (HEAD + "01,路灯,s,A,2026-02-01,2026-01-01\n", "valid_to lies before valid_from"),
        (
            HEAD + "01,路灯,s,A,,2026-01-31\n01,灯,s,A,2026-01-31,\n",
            "matters.csv:3: 01 is in force twice, see line 2",
        ),
        (HEAD + '01,"路灯,s,A,,\n', "unexpected end of data"),
    ],
)
def test_wrong_table_is_loud(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(TableError) as refused:
        read_table(written(tmp_path, text), columns=("code", "name"), key=("code",))
    assert message in str(refused.value)


def test_missing_file_and_wrong_encoding_are_loud(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"matters\.csv"):
        read_table(tmp_path / "matters.csv", columns=())
    (tmp_path / "matters.csv").write_bytes("代码".encode("gbk"))
    with pytest.raises(TableError, match="utf-8"):
        read_table(tmp_path / "matters.csv", columns=())


def test_one_key_may_follow_itself_in_time(tmp_path: Path) -> None:
    path = written(tmp_path, HEAD + "01,灯,s,A,,2025-12-31\n01,路灯,s,A,2026-01-01,\n")
    assert len(read_table(path, columns=("code",), key=("code",))) == 2
