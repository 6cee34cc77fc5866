import pytest

from bench.contenders import Result
from bench.peers.shown import Figures


def result(rate: float, micros: float) -> Result:
    return Result("one", 1000, 1000 / rate, {"worker": micros * 600 / 1e6, "broker": micros * 400 / 1e6})


def test_ratios_say_how_much_more_ours_does() -> None:
    whole = {"ours": result(20_000, 50), "quix": result(10_000, 75), "streams": result(40_000, 25)}
    figures = Figures({"bare": result(1, 1), **whole}, whole, result(10_000, 100))
    assert figures.ratios()["whole"] == pytest.approx({"quix": 2.0, "streams": 0.5})
    assert figures.ratios()["real"] == pytest.approx({"quix": 1.0, "streams": 0.25})
    assert figures.thrift()["whole"] == pytest.approx({"quix": 1.5, "streams": 0.5})
    assert figures.thrift()["real"] == pytest.approx({"quix": 0.75, "streams": 0.25})
    assert figures.plain()["results"]["whole"]["ours"]["rate"] == pytest.approx(20_000)
