"""The national age bands."""

AGE_LIMITS = (
    (12, "moins_de_douze"),
    (18, "douze_dix_huit"),
    (25, "dix_huit_vingt_quatre"),
    (40, "vingt_cinq_trente_neuf"),
    (60, "quarante_cinquante_neuf"),
    (70, "soixante_soixante_neuf"),
)


def age_band_of(age: int) -> str:
    """Give the national age band of an age in years."""
    return next((band for limit, band in AGE_LIMITS if age < limit), "soixante_dix_plus")
