"""The use cases of the register: reports come in, each audience reads what it may see, staff edit.

Everything but the watcher reaches the register through here. Methods that are not `async` block.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated, Final, NamedTuple

import anyio
from fastapi import Depends

from index.clock import utc_today
from index.documents import Access, Audience
from index.types import DocumentCard
from service.auth.audit import AuditLog
from service.auth.callers import Caller
from service.forum.suggestions import E5_SMALL, Threshold
from service.http.concurrency import ConcurrencyLimiter
from service.http.dependencies import provided
from service.http.rate_limits import RateLimits
from service.library.concepts import Thesaurus, ThesaurusSource, read_thesaurus
from service.library.open_index import Library
from service.obstacles.cross_border_file import CrossBorderFile, Deadline, next_deadline
from service.obstacles.editing import Editor
from service.obstacles.file_export import ObstacleFile
from service.obstacles.following import FollowedReport, NewDocument, progress_of
from service.obstacles.intake import IncomingReport, Intake, MergeCandidate
from service.obstacles.labels import Labels, heading
from service.obstacles.model import (
    Event,
    Obstacle,
    ObstacleFilter,
    Report,
    Source,
    State,
    UnknownObstacle,
)
from service.obstacles.reporters import Reporters
from service.obstacles.schemas import (
    FullObstacleOut,
    ReportReceived,
    obstacle_out,
    report_received,
    staff_view,
)
from service.obstacles.store import STAFF_FEED, FeedAddresses, Notices, Receipt, Register
from service.web.translating import Translator

LIKE_SHOWN: Final = 5


class ObstaclePage(NamedTuple):
    """A stretch of a list of obstacles, how many there are in all, and the documents that solve those shown."""

    total: int
    obstacles: list[Obstacle]
    solutions: dict[str, DocumentCard]


class StaffRegister(NamedTuple):
    """The register as staff see it: what a list shows, headings of all obstacles, new documents, their feed."""

    obstacles: list[Obstacle]
    headings: dict[str, str]
    news: list[NewDocument]
    address: ReportReceived
    deadlines: dict[str, Deadline]  # of the obstacles' files, what comes next of each


class StaffObstacle(NamedTuple):
    """An obstacle with everything staff decide on."""

    obstacle: Obstacle
    heading: str
    reports: list[Report]
    history: list[Event]
    news: list[NewDocument]
    documents: dict[str, DocumentCard]  # that reasons and the solution name
    similar: list[tuple[MergeCandidate, str]]  # with their headings
    file: CrossBorderFile


@dataclass(frozen=True)
class ObstacleService:
    """Serves the register to the API, the pages, the feed and `POST /ask`."""

    register: Register
    library: Library
    limiter: ConcurrencyLimiter
    audit: AuditLog
    public_url: str
    thesaurus_path: ThesaurusSource
    limits: RateLimits
    threshold: Threshold = E5_SMALL  # from which nearness on a document says something about a report

    async def thesaurus(self) -> Thesaurus:
        """Return the thesaurus; the first time, this reads its file."""
        return await anyio.to_thread.run_sync(read_thesaurus, self.thesaurus_path)

    async def report(self, report: IncomingReport, address: str) -> ReportReceived:
        """Keep a report and return the private addresses at which its author can follow it.

        Raises NotReady, and TooManyRequests for an address that has sent its reports of the day.
        """

        def keep() -> Receipt:
            intake = self._intake()
            reporter = Reporters(self.register, self.limits).admit(report.subject, address)
            return intake.add(replace(report, reporter=reporter))

        return self.addresses((await self.limiter.run(keep)).token)

    async def report_question(self, question: str, caller: Caller, address: str) -> ReportReceived:
        """Keep a question nobody could answer, as its author agreed to. Raises what `report` raises."""
        return await self.report(IncomingReport(question, Source.QUESTION, "api", subject=caller.subject), address)

    def addresses(self, token: str) -> ReportReceived:
        """Return the private addresses of a follow-up or feed token."""
        return report_received(token, self.public_url)

    async def find(self, access: Access, chosen: ObstacleFilter, k: int | None = None, offset: int = 0) -> ObstaclePage:
        """Return the obstacles somebody may see that match, those reported most often, as they know, first."""

        def read() -> ObstaclePage:
            obstacles = self._visible(access, chosen)
            shown = obstacles[offset:] if k is None else obstacles[offset : offset + k]
            return ObstaclePage(len(obstacles), shown, self._solutions(access, shown))

        return await self.limiter.run(read)

    async def get(self, access: Access, obstacle_id: str) -> tuple[Obstacle, DocumentCard | None]:
        """Return an obstacle and the document that solves it. Raises UnknownObstacle, also when it is not for them."""
        return await self.limiter.run(lambda: self._get(access, obstacle_id))

    async def get_full(self, caller: Caller, obstacle_id: str) -> FullObstacleOut:
        """Return an obstacle as the API gives it, for staff with reports and history. Raises UnknownObstacle."""

        def read() -> FullObstacleOut:
            obstacle, solution = self._get(caller.access, obstacle_id)
            view = None
            if caller.is_staff:
                new = [document.card.id for document in self.new_documents(Access(Audience.STAFF), [obstacle_id])]
                view = staff_view(obstacle, self.register.reports(obstacle_id), self.register.history(obstacle_id), new)
            base = obstacle_out(obstacle, caller.audience, solution, self.public_url)
            return FullObstacleOut(**base.model_dump(), staff=view)

        return await self.limiter.run(read)

    async def follow(self, token: str, access: Access) -> FollowedReport:
        """Return the report a follow-up link was given for. Raises UnknownObstacle."""
        (followed,) = await self.limiter.run(lambda: self.followed([self.register.report_by_token(token)], access))
        return followed

    async def reports_by(self, caller: Caller) -> list[FollowedReport]:
        """Return what somebody reported, the latest first."""
        return await self.limiter.run(lambda: self.followed(self.register.reports_by(caller.subject), caller.access))

    async def withdraw(self, *, token: str, handle: str, subject: str) -> None:
        """Erase the report of a follow-up link, or without one that of this handle if it is the subject's own."""
        await anyio.to_thread.run_sync(lambda: self.register.withdraw(self._own_reports(token, handle, subject)))

    async def feed_address(self, owner: str, *, renewed: bool = False) -> ReportReceived:
        """Return the private address of somebody's feed, a new one when it is renewed."""
        token = partial(FeedAddresses(self.register).token, owner, renewed=renewed)
        return self.addresses(await anyio.to_thread.run_sync(token))

    async def find_stated(self, chosen: ObstacleFilter) -> Sequence[Obstacle]:
        """Return the matching obstacles staff have stated, for export."""

        def read() -> Sequence[Obstacle]:
            return [obstacle for obstacle in self._visible(Access(Audience.STAFF), chosen) if obstacle.statement]

        return await anyio.to_thread.run_sync(read)

    async def staff_register(self, chosen: ObstacleFilter, caller: Caller) -> StaffRegister:
        """Return every obstacle that matches, and the new documents that may solve one."""

        def read() -> StaffRegister:
            words = self.first_words()
            headings = {
                obstacle.id: heading(obstacle, words.get(obstacle.id, "")) for obstacle in self.register.obstacles()
            }
            token = FeedAddresses(self.register).token(STAFF_FEED + caller.subject)
            news = [
                document
                for document in self.new_documents(Access(Audience.STAFF))
                if document.notice.obstacle_id in headings
            ]
            obstacles = self._visible(Access(Audience.STAFF), chosen)
            return StaffRegister(obstacles, headings, news, self.addresses(token), self._deadlines())

        return await self.limiter.run(read)

    async def staff_obstacle(self, obstacle_id: str) -> StaffObstacle:
        """Return an obstacle with everything staff decide on. Raises UnknownObstacle."""
        return await self.limiter.run(lambda: self._staff_obstacle(obstacle_id))

    async def fill_in(self, actor: Caller, obstacle_id: str, file: CrossBorderFile) -> None:
        """Replace what an obstacle's file says. For staff. Raises UnknownObstacle."""

        def change(editor: Editor) -> str:
            editor.fill_in(obstacle_id, file)
            return obstacle_id

        await self.edit(actor, obstacle_id, "file", change)

    async def cross_border_file(self, obstacle_id: str, t: Translator) -> ObstacleFile:
        """Return an obstacle's file for a coordination point. For staff. Raises UnknownObstacle."""

        def read() -> ObstacleFile:
            labels = Labels(t, read_thesaurus(self.thesaurus_path))
            obstacle, file = self.register.obstacle(obstacle_id), self.register.cross_border_file(obstacle_id)
            return ObstacleFile(obstacle, file, labels, utc_today(), f"{self.public_url}/staff/obstacles/{obstacle_id}")

        return await anyio.to_thread.run_sync(read)

    async def edit(self, actor: Caller, obstacle_id: str, action: str, change: Callable[[Editor], str]) -> str:
        """Make a change in somebody's name, log it, and return the id of the obstacle to show next.

        Raises what the change raises: UnknownObstacle, WrongStep.
        """
        next_id = await self.limiter.run(lambda: change(Editor(self.register, actor)))
        self.audit.write(f"obstacle {action}", actor, obstacle=obstacle_id)
        return next_id

    def new_documents(self, access: Access, obstacle_ids: Sequence[str] | None = None) -> list[NewDocument]:
        """Return the new documents somebody may see and that may solve obstacles, all or these, the latest first."""
        notices = Notices(self.register).for_reader(access, obstacle_ids)
        cards = self._cards(access, [notice.document_id for notice in notices])
        return [NewDocument(notice, cards[notice.document_id]) for notice in notices if notice.document_id in cards]

    def first_words(self) -> dict[str, str]:
        """Return the text of each obstacle's first report, by the obstacle's id."""
        return {report.obstacle_id: report.text for report in reversed(self.register.reports())}

    def _deadlines(self) -> dict[str, Deadline]:
        files = self.register.cross_border_files()
        coming = {obstacle_id: next_deadline(file, utc_today()) for obstacle_id, file in files.items()}
        return {obstacle_id: deadline for obstacle_id, deadline in coming.items() if deadline}

    def _visible(self, access: Access, chosen: ObstacleFilter) -> list[Obstacle]:
        obstacles = self.register.obstacles()
        visible = [obstacle for obstacle in obstacles if obstacle.is_for(access.audience) and chosen.matches(obstacle)]
        return sorted(visible, key=lambda obstacle: -obstacle.reports(access.audience))

    def _get(self, access: Access, obstacle_id: str) -> tuple[Obstacle, DocumentCard | None]:
        obstacle = self.register.obstacle(obstacle_id)
        if not obstacle.is_for(access.audience):
            raise UnknownObstacle(obstacle_id)
        return obstacle, self._solutions(access, [obstacle]).get(obstacle.solved_by)

    def followed(self, reports: Iterable[Report], access: Access) -> list[FollowedReport]:
        """Return what somebody may know of what became of reports."""
        return [self._followed(report, access) for report in reports]

    def _followed(self, report: Report, access: Access) -> FollowedReport:
        obstacle = self.register.obstacle(report.obstacle_id)
        progress = progress_of(report, obstacle, self.register.history(obstacle.id), access.audience)
        solution = self._solutions(access, [obstacle]).get(obstacle.solved_by)
        news = [new for new in self.new_documents(access, [obstacle.id]) if new.notice.at >= report.at]
        return FollowedReport(
            report,
            progress,
            obstacle.id if obstacle.is_for(access.audience) else "",
            solution if progress.state is State.SOLVED else None,
            news,
        )

    def _own_reports(self, token: str, handle: str, subject: str) -> list[int]:
        if token:
            try:
                return [self.register.report_by_token(token).id]
            except UnknownObstacle:
                return []
        return [report.id for report in self.register.reports_by(subject) if report.handle == handle]

    def _staff_obstacle(self, obstacle_id: str) -> StaffObstacle:
        obstacle, reports = self.register.obstacle(obstacle_id), self.register.reports(obstacle_id)
        words = self.first_words()
        others = {other.id: other for other in self.register.obstacles()}
        candidates = [like for like in self._intake().similar(obstacle) if like.obstacle_id in others][:LIKE_SHOWN]
        documents = [reason.document_id for report in reports for reason in report.proposal.reasons]
        return StaffObstacle(
            obstacle=obstacle,
            heading=heading(obstacle, words.get(obstacle_id, "")),
            reports=reports,
            history=self.register.history(obstacle_id),
            news=self.new_documents(Access(Audience.STAFF), [obstacle_id]),
            documents=self._cards(Access(Audience.STAFF), [*documents, obstacle.solved_by]),
            file=self.register.cross_border_file(obstacle_id),
            similar=[(like, heading(others[like.obstacle_id], words.get(like.obstacle_id, ""))) for like in candidates],
        )

    def _solutions(self, access: Access, obstacles: Iterable[Obstacle]) -> dict[str, DocumentCard]:
        """Return the documents that solve obstacles, as far as they may be seen, by their ids."""
        return self._cards(access, [obstacle.solved_by for obstacle in obstacles])

    def _cards(self, access: Access, document_ids: Iterable[str]) -> dict[str, DocumentCard]:
        """Return the documents of these ids, "" for none. Raises NotReady when there are some to look up."""
        ids = sorted(set(document_ids) - {""})
        return self.library.borrow().store.cards(ids, access) if ids else {}

    def _intake(self) -> Intake:
        """Return the intake over the current index. Raises NotReady."""
        return Intake(self.register, self.library.borrow(), read_thesaurus(self.thesaurus_path), self.threshold)


ObstaclesDependency = Annotated[ObstacleService, Depends(provided(ObstacleService))]
