"""Days of appointments across the night when summer time ends; the sender is killed on its way.

The whole month, with 500 appointments and 20 kills, is `benchmarks/reminders_month.py`.
"""

from datetime import date, timedelta

from app.core.settings import Settings
from tests.conftest import MASTER
from tests.support.build import Builder
from tests.support.month import Month, Scale
from tests.support.post import TOKEN, mail_house, sms_house


def test_each_reminder_goes_once_or_says_why_not_though_the_sender_is_killed(
    build: Builder, settings: Settings
) -> None:
    scale = Scale(date(2026, 10, 23), 4, timedelta(hours=1), 60, kills=5, lead_days=3)
    with mail_house() as mail, sms_house() as sms:
        sending = Settings(
            **settings.model_dump()
            | {"smtp_url": mail.url, "sms_url": sms.url, "sms_token": TOKEN, "master_key": MASTER}
        )
        month = Month(build, sending, mail, sms, scale)

        month.live()

    states = [m.state.value for m in month.rows()]
    assert month.faults() == []
    assert month.deaths.total() == scale.kills
    assert states.count("sent") > 20
    assert "waiting" not in states
    assert "sending" not in states
