"""What a page without a browser tells its document: there the address is what Python wishes."""

from streamlit.testing.v1 import AppTest


def rests(page: AppTest, **place: object) -> AppTest:
    """The page after a run for which the document has said that a cursor rests there."""
    page.session_state["visit"].place |= {name: str(value) for name, value in place.items()}
    return page.run()


def address_of(page: AppTest) -> dict[str, str]:
    """The address as the page wishes it."""
    return dict(page.session_state["visit"].place)
