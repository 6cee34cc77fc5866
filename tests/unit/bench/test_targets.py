from bench.targets import verdict


def test_a_target_is_met_from_either_side() -> None:
    assert verdict(30_000, 30_000) == "[green]met[/]: ≥ 30,000"
    assert verdict(29_999, 30_000).startswith("[red]short")
    assert verdict(2.0, 2.0, at_most=True) == "[green]met[/]: ≤ 2"
    assert verdict(2.1, 2.0, at_most=True).startswith("[red]short")
