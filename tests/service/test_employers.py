from tests.service.shop import Shop

PEOPLE = "person_id,name\n1,Ana Ruiz\n2,Bo Lind\n3,Cy Moss\n"
EMPLOYERS = "employer_id,name\nE2,Quillmark Staffing\nE3,Tallow Freight\nE4,Tallow Freight\n"
HEAD = "person_id,employer,worksite,crew,started_on,ended_on\n"
DAYS = "North,A,2026-03-01,2026-03-20\n"


def pairs(shop: Shop) -> set[tuple[str, str]]:
    rows = shop.do("ties", "--layer", "worked_with", "--format", "json").json["rows"]
    return {(row["from_id"], row["to_id"]) for row in rows}


def test_an_employer_is_the_same_by_id_and_by_exact_name(shop: Shop) -> None:
    shop.load(
        people=PEOPLE, employers=EMPLOYERS, assignments=f"{HEAD}1,E2,{DAYS}2,quillmark  staffing,{DAYS}3,E3,{DAYS}"
    )
    assert pairs(shop) == {("1", "2")}


def test_an_employer_whose_name_two_firms_have_is_left_as_written(shop: Shop) -> None:
    shop.load(
        people=PEOPLE,
        employers=EMPLOYERS,
        assignments=f"{HEAD}1,E3,{DAYS}2,Tallow Freight,{DAYS}3,Tallow Freight,{DAYS}",
    )
    assert pairs(shop) == {("2", "3")}


def test_an_employer_that_no_list_has_is_what_was_written(shop: Shop) -> None:
    shop.load(people=PEOPLE, assignments=f"{HEAD}1,Acme,{DAYS}2,Acme,{DAYS}3,,{DAYS}")
    assert pairs(shop) == {("1", "2")}
