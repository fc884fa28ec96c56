"""The demo's job worker: the same jobs as in production, mail goes to the mailbox."""

from portal.demo.web import create_demo_app
from portal.jobs.registry import jobs_of
from portal.queue import run_worker
from portal.web.context import portal


def main() -> None:
    """Work until stopped."""
    app = create_demo_app(loads_files=True)
    with app.app_context():
        url = portal().settings.database_url
    if not url:
        raise SystemExit("DATABASE_URL is missing.")
    run_worker(url, jobs_of(app), wait=True)


if __name__ == "__main__":
    main()
