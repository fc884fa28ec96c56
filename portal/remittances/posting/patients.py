"""Whose a claim is: the member number and the name a payer writes, held against our patients.

Two patients that fit are as good as none: nobody is guessed. A patient made from a file is their
own guarantor until the practice says otherwise.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import ARRAY, Connection, Text, cast, func, select
from sqlalchemy.dialects.postgresql import insert

from portal.db import new_id
from portal.domain.names import plain, same_first_name
from portal.domain.remittance import ClaimPayment, Person
from portal.practice.models import Coverage, Guarantor, Patient, PracticeCounter
from portal.remittances.posting.known_claims import DatedCoverage
from portal.remittances.posting.positions import AnyRow, coverages_of

ACCOUNT_COUNTER = "account"
_ACCOUNT_NUMBER = "E-{:05d}"


@dataclass(frozen=True, slots=True)
class FoundPatient:
    """A patient of the practice and who owes for them."""

    patient_id: UUID
    guarantor_id: UUID
    last_name: str
    coverages: Sequence[DatedCoverage] = ()


@dataclass(frozen=True, slots=True)
class NewPatient:
    """A patient and guarantor made from a file."""

    found: FoundPatient
    first_name: str
    member_identifier: str


@dataclass(slots=True)
class PatientFinder:
    """Finds, and if told to makes, the patients of some claims."""

    connection: Connection
    practice_id: UUID
    create: bool
    _made: list[NewPatient] = field(default_factory=list)
    _taken: Sequence[NewPatient] = ()  # those made last, which may be on their way still
    _members: dict[str, dict[UUID, tuple[str, str, FoundPatient]]] = field(
        default_factory=lambda: defaultdict(dict)
    )

    def prepare(self, claims: Iterable[ClaimPayment]) -> None:
        """Read everybody whose member number one of the claims names; forget everybody else."""
        identifiers = {one.identifier for claim in claims for one, _ in _ways(claim)} - {""}
        self._members.clear()
        rows = self._read(identifiers) if identifiers else []
        coverages = coverages_of(
            self.connection, self.practice_id, {row.patient_id for row in rows}
        )
        for row in rows:
            found = FoundPatient(
                row.patient_id,
                row.guarantor_id,
                row.last_name,
                tuple(coverages.get(row.patient_id, ())),
            )
            self._remember(row.member, row.first_name, found)
        for made in self._taken:
            self._remember(made.member_identifier, made.first_name, made.found)

    def take_made(self) -> Sequence[NewPatient]:
        """Those to store; they are still found until the claims after the next are prepared."""
        self._taken, self._made = self._made, []
        return self._taken

    @property
    def guarantor_ids(self) -> frozenset[UUID]:
        """Who owes for those that were read, or made."""
        return frozenset(
            found.guarantor_id for named in self._members.values() for _, _, found in named.values()
        )

    def find(self, claim: ClaimPayment) -> FoundPatient | None:
        """The one patient who fits, or the one made from the claim."""
        found, is_open = self._fitting(claim)
        return self._make(claim) if self.create and is_open else found

    def on_record(self, claim: ClaimPayment) -> UUID | None:
        """The one patient who fits; nobody is made."""
        found, _ = self._fitting(claim)
        return None if found is None else found.patient_id

    def _fitting(self, claim: ClaimPayment) -> tuple[FoundPatient | None, bool]:
        """The one who fits; and, if there is none, whether nobody does rather than several."""
        is_open = True
        for member, name in _ways(claim):
            found = self._named(member.identifier, name)
            if len(found) == 1:
                return found[0], False
            is_open = is_open and not found
        return None, is_open

    def _read(self, identifiers: Collection[str]) -> Sequence[AnyRow]:
        columns = (Patient.patient_id, Patient.guarantor_id, Patient.first_name, Patient.last_name)
        of_patients = select(*columns, Patient.member_identifier.label("member")).where(
            Patient.practice_id == self.practice_id,
            Patient.member_identifier == func.any(list(identifiers)),
        )
        of_coverages = (
            select(*columns, Coverage.member_identifier.label("member"))
            .join(
                Coverage,
                (Coverage.practice_id == self.practice_id)
                & (Coverage.patient_id == Patient.patient_id),
            )
            .where(
                Patient.practice_id == self.practice_id,
                Coverage.member_identifier == func.any(list(identifiers)),
            )
        )
        return [
            row for query in (of_patients, of_coverages) for row in self.connection.execute(query)
        ]

    def _named(self, identifier: str, name: Person) -> list[FoundPatient]:
        last = plain(name.last_name)
        return [
            found
            for their_last, their_first, found in self._members.get(identifier, {}).values()
            if their_last == last and same_first_name(their_first, name.first_name)
        ]

    def _make(self, claim: ClaimPayment) -> FoundPatient | None:
        person = claim.patient
        if not plain(person.last_name):
            return None
        found = FoundPatient(new_id(), new_id(), person.last_name)
        self._made.append(NewPatient(found, person.first_name, person.identifier))
        self._remember(person.identifier, person.first_name, found)
        return found

    def _remember(self, identifier: str, first_name: str, found: FoundPatient) -> None:
        if identifier:
            names = (plain(found.last_name), first_name, found)
            self._members[identifier][found.patient_id] = names


def _ways(claim: ClaimPayment) -> Iterator[tuple[Person, Person]]:
    """Whose member number, whose name: as sent, as the payer corrects it, as a dependent."""
    yield claim.patient, claim.patient
    if claim.corrected is not None:
        yield claim.patient, claim.corrected
        yield claim.corrected, claim.corrected
    if claim.insured is not None:
        yield claim.insured, claim.patient


def free_account_numbers(connection: Connection, practice_id: UUID, count: int) -> list[str]:
    """Running numbers, without those that somebody has already.

    Late in a transaction, because the counter stays locked.
    """
    free: list[str] = []
    while len(free) < count:
        wanted = count - len(free)
        first_use = insert(PracticeCounter).values(
            practice_id=practice_id, name=ACCOUNT_COUNTER, last_value=wanted
        )
        last = connection.execute(
            first_use.on_conflict_do_update(
                index_elements=["practice_id", "name"],
                set_={"last_value": PracticeCounter.last_value + wanted},
            ).returning(PracticeCounter.last_value)
        ).scalar_one()
        numbers = [_ACCOUNT_NUMBER.format(one) for one in range(last - wanted + 1, last + 1)]
        taken = _taken_numbers(connection, practice_id, numbers)
        free += [number for number in numbers if number not in taken]
    return free


def _taken_numbers(connection: Connection, practice_id: UUID, numbers: list[str]) -> set[str]:
    """Asked number by number: without statistics the planner reads everybody otherwise."""
    wanted = (
        func.unnest(cast(numbers, ARRAY(Text))).table_valued("number").render_derived(name="wanted")
    )
    return set(
        connection.scalars(
            select(wanted.c.number).where(
                select(Guarantor.guarantor_id)
                .where(
                    Guarantor.practice_id == practice_id,
                    Guarantor.account_number == wanted.c.number,
                )
                .exists()
            )
        )
    )
