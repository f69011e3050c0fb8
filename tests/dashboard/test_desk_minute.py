"""When the clocks on a desk go on."""

from dashboard.desk_version import own_minute


def test_of_sixty_people_no_two_desks_are_drawn_anew_in_the_same_second() -> None:
    turns = [
        [
            second
            for second in range(600, 660)
            if own_minute(second, user) != own_minute(second - 1, user)
        ]
        for user in range(1, 61)
    ]

    assert all(len(each) == 1 for each in turns)  # once a minute each
    assert len({each[0] for each in turns}) == 60
