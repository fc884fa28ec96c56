"""Does a statement bind practice_id for every distributed table it touches? Read from its text.

A table is bound when its practice_id equals a parameter or a literal, or equals the practice_id of
a table that is bound, in a WHERE or in the ON of an inner join. The ON of an outer join binds the
table that it joins, nothing else. What cannot be read counts as unbound.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

_KEY = "practice_id"
_UNREADABLE = ("a statement that cannot be read",)
_PARAMETER = re.compile(r"\$(\d+)")  # sqlglot may take "$1, $" for a quoted string
_HOUSEKEEPING = re.compile(
    r"(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|SET|SHOW|FETCH|CLOSE|DEALLOCATE)\b", re.IGNORECASE
)
_CURSOR = re.compile(r'DECLARE "[^"]+" CURSOR (WITH HOLD )?FOR ')  # what it reads comes after


def unbound_tables(sql: str, distributed: Collection[str]) -> tuple[str, ...]:
    """Names of distributed tables the statement reaches without saying whose rows it means."""
    if _HOUSEKEEPING.match(sql) or not sql.strip("; "):
        return ()
    try:
        (statement,) = sqlglot.parse(
            _PARAMETER.sub(r" :p\1 ", _CURSOR.sub("", sql)), read="postgres"
        )
    except (SqlglotError, ValueError):
        return _UNREADABLE
    if statement is None:
        return _UNREADABLE
    reading = _Reading(frozenset(distributed))
    reading.statement(statement)
    return tuple(sorted(reading.unbound))


@dataclass(slots=True)
class _Level:
    """One FROM clause: what its aliases stand for, and what the conditions say of them."""

    sources: dict[str, str]  # alias to table; "" for a query in its place
    bound: set[str]
    implied: list[tuple[str, str]] = field(default_factory=list)  # bound here, so bound there

    def read(self, condition: exp.Expr, *, joined: str = "") -> None:
        """Take in one condition; of an outer join only what it says of the joined table."""
        for left, right in _equated(condition):
            one, other = self.owner(left), self.owner(right)
            if one and other:
                self.implied += [(one, other), (other, one)] if not joined else [(other, joined)]
                if joined == other:
                    self.implied.append((one, joined))
            elif (one and _is_value(right)) or (other and _is_value(left)):
                named = one or other or ""
                if joined in ("", named):
                    self.bound.add(named)

    def settle(self) -> None:
        """Carry "bound" along until nothing changes."""
        while new := {to for origin, to in self.implied if origin in self.bound} - self.bound:
            self.bound |= new

    def owner(self, node: exp.Expr) -> str | None:
        """Whose practice_id a column is; None when it is something else."""
        node = _bare(node)
        if not isinstance(node, exp.Column):
            return None
        alias = node.table or (next(iter(self.sources)) if len(self.sources) == 1 else "")
        is_query = self.sources.get(alias) == ""
        return alias if alias and (node.name == _KEY or is_query) else None


@dataclass(slots=True)
class _Reading:
    """Walks a statement, query by query."""

    distributed: frozenset[str]
    unbound: set[str] = field(default_factory=set)
    named: set[str] = field(default_factory=set)  # WITH … AS

    def statement(self, node: exp.Expr) -> None:
        match node:
            case exp.Insert():
                self._insert(node)
            case exp.Update() | exp.Delete():
                more = (node.args.get("from_"), *(node.args.get("using") or ()))
                self._from(node, (node.this, *_sources(more)))
            case exp.Select() | exp.SetOperation():
                self._query(node)
            case _:  # LOCK, TRUNCATE, COPY, whatever does not say whose rows
                text = node.sql()
                self.unbound |= {name for name in self.distributed if name in text}

    def _query(self, node: exp.Expr, outer: Collection[str] = ()) -> None:
        if isinstance(node, exp.SetOperation):
            self._with(node)
            for side in (node.left, node.right):
                self._query(side.unnest(), outer)
        else:
            self._from(node, _sources(_from_and_joins(node)), outer)

    def _from(
        self, node: exp.Expr, sources: Iterable[exp.Expr], outer: Collection[str] = ()
    ) -> None:
        self._with(node)
        level = self._level(node, sources, outer)
        self.unbound |= {
            table
            for alias, table in level.sources.items()
            if table in self.distributed and alias not in level.bound
        }
        for inner in _queries_in(node):
            self._query(inner, level.bound)

    def _insert(self, node: exp.Insert) -> None:
        self._with(node)
        target = node.this.this if isinstance(node.this, exp.Schema) else node.this
        if target.name in self.distributed and not self._stamps(node):
            self.unbound.add(target.name)
        if isinstance(node.expression, exp.Query):
            self._query(node.expression)

    def _stamps(self, node: exp.Insert) -> bool:
        """Whether each new row's practice_id is a value, or of a row that is bound."""
        columns = [column.name for column in node.this.expressions]
        if _KEY not in columns:
            return False
        place = columns.index(_KEY)
        if isinstance(node.expression, exp.Values):
            return all(_is_value(row.expressions[place]) for row in node.expression.expressions)
        if not isinstance(node.expression, exp.Select):
            return False
        given = node.expression.selects[place].unalias()
        level = self._level(node.expression, _sources(_from_and_joins(node.expression)))
        return _is_value(given) or (level.owner(given) or "") in level.bound

    def _with(self, node: exp.Expr) -> None:
        clause = node.args.get("with_")
        for named in clause.expressions if clause else ():
            self.statement(named.this)
            self.named.add(named.alias)

    def _level(
        self, node: exp.Expr, sources: Iterable[exp.Expr], outer: Collection[str] = ()
    ) -> _Level:
        tables = {
            source.alias_or_name: source.name
            if isinstance(source, exp.Table) and source.name not in self.named
            else ""
            for source in sources
        }
        queries = {alias for alias, table in tables.items() if not table}  # looked into, each
        level = _Level(tables, {*outer, *queries})
        for condition in _conjuncts(node.args.get("where")):
            level.read(condition)
        for join in node.args.get("joins") or ():
            joined = join.this.alias_or_name if join.side else ""
            for condition in _conjuncts(join.args.get("on")):
                level.read(condition, joined=joined)
        level.settle()
        return level


def _equated(condition: exp.Expr) -> Iterator[tuple[exp.Expr, exp.Expr]]:
    """The sides that a condition says are equal; of tuples, each pair."""
    if isinstance(condition, exp.EQ):
        left, right = condition.left, condition.right
        if isinstance(left, exp.Tuple) and isinstance(right, exp.Tuple):
            yield from zip(left.expressions, right.expressions, strict=True)
        else:
            yield left, right
    elif isinstance(condition, exp.In) and isinstance(condition.this, exp.Tuple):
        rows = [row.expressions for row in condition.expressions if isinstance(row, exp.Tuple)]
        for place, side in enumerate(condition.this.expressions if rows else ()):
            if all(_is_value(row[place]) for row in rows):
                yield side, rows[0][place]


def _is_value(node: exp.Expr) -> bool:
    return isinstance(_bare(node), exp.Placeholder | exp.Literal)


def _bare(node: exp.Expr) -> exp.Expr:
    while isinstance(node, exp.Cast | exp.Paren):
        node = node.this
    return node


def _conjuncts(node: exp.Expr | None) -> Iterator[exp.Expr]:
    match node:
        case None:
            return
        case exp.Where() | exp.Paren():
            yield from _conjuncts(node.this)
        case exp.And():
            yield from _conjuncts(node.left)
            yield from _conjuncts(node.right)
        case _:
            yield node


def _from_and_joins(node: exp.Expr) -> tuple[exp.Expr | None, ...]:
    return (node.args.get("from_"), *(node.args.get("joins") or ()))


def _sources(clauses: Iterable[exp.Expr | None]) -> Iterator[exp.Expr]:
    """Tables and queries that FROM and JOIN clauses name."""
    for clause in clauses:
        if clause is not None:
            yield clause.this if isinstance(clause, exp.From | exp.Join) else clause


def _queries_in(node: exp.Expr) -> Iterator[exp.Expr]:
    """Queries right inside this one, not those inside them, nor its WITH."""
    for child in node.iter_expressions():
        if isinstance(child, exp.Select | exp.SetOperation):
            yield child
        elif not isinstance(child, exp.With):
            yield from _queries_in(child)
