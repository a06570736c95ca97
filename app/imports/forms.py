"""What the pages of an import send."""

from pydantic import Field

from app.web.forms import Form


class FileForm(Form):
    """The file chosen; its bytes come beside."""

    file: str = Field(
        default="", title="Fichier", description="Classeur .xlsx ou tableau CSV, 25 Mio au plus"
    )


class LabelsForm(Form):
    """What unknown labels mean, one answer each: three lists in the same order."""

    lists: list[str] = Field(default_factory=list, title="Listes", max_length=100)
    labels: list[str] = Field(default_factory=list, title="Libellés", max_length=100)
    codes: list[str] = Field(default_factory=list, title="Réponses", max_length=100)
