from __future__ import annotations

from openai_mock_api.resources.lanes import Lane, Latest


def test_every_lane_finds_the_latest_response_of_each() -> None:
    latest: dict[str | None, Latest] = {}
    first, second = Lane(latest, "a"), Lane(latest)
    first.keep("resp_1", [{"id": "msg_1"}])
    second.keep("resp_2", [])
    assert second.find("resp_1") == [{"id": "msg_1"}]
    assert (first.find("resp_2"), first.find("resp_3"), first.find(None)) == ([], None, None)
    first.keep("resp_3", [])
    assert second.find("resp_1") is None


def test_only_the_lane_itself_forgets_what_has_failed() -> None:
    latest: dict[str | None, Latest] = {}
    Lane(latest, "a").keep("resp_1", [])
    for lane in (Lane(latest, "b", "resp_1"), Lane(latest, "a", "resp_0"), Lane(latest, "a")):
        lane.fail()
        assert lane.find("resp_1") == []
    Lane(latest, "a", "resp_1").fail()
    assert not latest
