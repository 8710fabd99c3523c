"""Every page, in both themes and at a laptop's and a phone's width, with all other hosts blocked."""

import pytest

pytestmark = pytest.mark.browser

BUDGET = 1_200_000  # bytes a page may weigh, unpacked, without its own figures


def listed(faults):
    return "\n".join(["", *faults])


def test_no_page_breaks_a_rule_of_accessibility(visits):
    faults = [f"{visit}: {violation}" for visit in visits for violation in visit.violations]
    assert not faults, listed(faults)


def test_no_page_writes_an_error_to_the_console(visits):
    faults = [f"{visit}: {line}" for visit in visits for line in visit.console]
    assert not faults, listed(faults)


def test_no_page_asks_another_host_for_anything(visits):
    faults = [f"{visit}: {url}" for visit in visits for url in visit.outside]
    assert not faults, listed(faults)


def test_no_page_scrolls_sideways(visits):
    faults = [
        f"{visit}: {visit.measures['overflow']} px too wide" for visit in visits if visit.measures["overflow"] > 0
    ]
    assert not faults, listed(faults)


def test_every_picture_is_described(visits):
    faults = [f"{visit}: {picture}" for visit in visits for picture in visit.measures["undescribed"]]
    assert not faults, listed(faults)


def test_every_page_is_light_enough(visits):
    faults = [f"{visit}: {visit.measures['weight']:,} bytes" for visit in visits if visit.measures["weight"] > BUDGET]
    assert not faults, listed(faults)


def test_there_is_one_way_to_search_at_a_time(visits):
    faults = [f"{visit}: {visit.measures['searches']}" for visit in visits if visit.measures["searches"] != 1]
    assert not faults, listed(faults)
