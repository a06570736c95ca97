"""Every table of the application, imported once so that their metadata are whole."""

from sqlmodel import SQLModel

from app.accounts import models as accounts
from app.agenda import models as agenda
from app.agenda import office_models as office_hours
from app.agenda import workshop_models as workshops
from app.assessments import models as assessments
from app.audit import models as audit
from app.core import jobs, ready
from app.exports import models as exports
from app.imports import models as imports
from app.messages import models as messages
from app.organisations import models as organisations
from app.procedures import models as procedures
from app.residents import agreement_models as agreements
from app.residents import mandate_models as mandates
from app.residents import merge_models as merges
from app.residents import models as residents
from app.residents import referral_models as referrals
from app.sessions import draft_models as drafts
from app.sessions import models as sessions
from app.statistics import models as statistics

MODULES = (
    accounts,
    agenda,
    agreements,
    assessments,
    audit,
    drafts,
    exports,
    imports,
    jobs,
    mandates,
    merges,
    messages,
    ready,
    office_hours,
    organisations,
    procedures,
    referrals,
    residents,
    sessions,
    statistics,
    workshops,
)
METADATA = SQLModel.metadata
