"""Rows of the register's file, to and from what they stand for."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import sqlite3
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from index.documents import Audience
from service.obstacles.model import Classification, Obstacle, Proposal, Report, Source, State


def digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def written(said: Any) -> str:
    return json.dumps(said, ensure_ascii=False)


def new_obstacle(db: sqlite3.Connection, about: Classification, at: str) -> str:
    """Make an obstacle; its id says nothing of how many there are."""
    name = secrets.token_hex(5)
    db.execute(
        "INSERT INTO obstacles (id, state, about, created, changed) VALUES (?, ?, ?, ?, ?)",
        (name, State.NEW, written(about.as_json()), at, at),
    )
    return name


def drop_empty(db: sqlite3.Connection) -> None:
    """Remove obstacles that are nothing but reports, and have none left."""
    db.execute(
        "DELETE FROM obstacles WHERE state = ? AND statement = '' AND id NOT IN (SELECT obstacle_id FROM reports)",
        (State.NEW,),
    )


def pseudonym(db: sqlite3.Connection, subject: str) -> str:
    if not subject:
        return ""
    (salt,) = db.execute("SELECT value FROM facts WHERE name = 'salt'").fetchone()
    return hmac.new(bytes.fromhex(salt), subject.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def read_obstacles(db: sqlite3.Connection, only: str) -> list[Obstacle]:
    where = " WHERE id = ?" if only else ""
    rows = db.execute(f"SELECT * FROM obstacles{where}", (only,) if only else ()).fetchall()
    counts: dict[str, dict[Audience, int]] = {row["id"]: {} for row in rows}
    for name, audience, count in db.execute("SELECT obstacle_id, audience, count(*) FROM reports GROUP BY 1, 2"):
        if name in counts:
            counts[name][Audience(audience)] = count
    found = [obstacle_of(row, counts[row["id"]]) for row in rows]
    return sorted(found, key=lambda one: (one.created, one.id))


def obstacle_of(row: sqlite3.Row, counts: Mapping[Audience, int]) -> Obstacle:
    return Obstacle(
        id=row["id"],
        state=State(row["state"]),
        about=Classification.from_json(json.loads(row["about"])),
        statement=row["statement"],
        language=row["language"],
        is_public=bool(row["is_public"]),
        passed_to=row["passed_to"],
        passed_at=datetime.fromisoformat(row["passed_at"]) if row["passed_at"] else None,
        solved_by=row["solved_by"],
        created=datetime.fromisoformat(row["created"]),
        changed=datetime.fromisoformat(row["changed"]),
        counts=counts,
    )


def report_of(row: sqlite3.Row) -> Report:
    return Report(
        id=row["id"],
        obstacle_id=row["obstacle_id"],
        source=Source(row["source"]),
        at=datetime.fromisoformat(row["at"]),
        text=row["text"],
        language=row["language"],
        consent=row["consent"],
        proposal=Proposal.from_json(json.loads(row["proposal"])),
        who=row["who"],
        audience=Audience(row["audience"]),
        origin=row["origin"],
        solved_by=row["solved_by"],
    )
