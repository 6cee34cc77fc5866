"""Grafana's dashboards as JSON, from the panels; `make generate` writes them, `make check` compares."""

import json
from pathlib import Path
from typing import Any, Final

from deploy.observability.panels import ALL, Dashboard, Panel

FOLDER: Final = "deploy/observability/grafana/dashboards"
DATASOURCE: Final = {"type": "prometheus", "uid": "prometheus"}
COLUMNS, WIDTH, HEIGHT = 2, 12, 8
SCHEMA: Final = 39  # Grafana 11's


def dashboard_documents(root: Path) -> dict[str, str]:
    """File name → JSON."""
    del root
    return {
        f"{FOLDER}/{each.uid}.json": json.dumps(_dashboard(each), indent=1, ensure_ascii=False) + "\n" for each in ALL
    }


def _dashboard(dashboard: Dashboard) -> dict[str, Any]:
    return {
        "uid": dashboard.uid,
        "title": f"Health code: {dashboard.title}",
        "tags": ["healthcode"],
        "timezone": "browser",
        "schemaVersion": SCHEMA,
        "refresh": "10s",
        "time": {"from": "now-1h", "to": "now"},
        "links": [{"type": "dashboards", "tags": ["healthcode"], "title": "Health code", "asDropdown": True}],
        "templating": {"list": [_region()]},
        "annotations": {"list": [_alarms()]},
        "panels": [_panel(number, panel) for number, panel in enumerate(dashboard.panels)],
    }


def _region() -> dict[str, Any]:
    return {
        "name": "region",
        "type": "query",
        "label": "Region",
        "datasource": DATASOURCE,
        "query": {"query": "label_values(hc_build_info, region)", "refId": "region"},
        "refresh": 2,
        "multi": True,
        "includeAll": True,
        "allValue": ".*",
        "current": {"text": "All", "value": "$__all"},
    }


def _alarms() -> dict[str, Any]:
    return {
        "name": "Alarms",
        "enable": True,
        "iconColor": "red",
        "datasource": DATASOURCE,
        "expr": 'ALERTS{alertstate="firing", region=~"$region|"}',
        "titleFormat": "{{alertname}}",
        "step": "10s",
    }


def _panel(number: int, panel: Panel) -> dict[str, Any]:
    row, column = divmod(number, COLUMNS)
    custom: dict[str, Any] = {"fillOpacity": 40 if panel.stacked else 8, "lineWidth": 1, "showPoints": "never"}
    custom["stacking"] = {"mode": "normal" if panel.stacked else "none", "group": "A"}
    custom["thresholdsStyle"] = {"mode": "line" if panel.bound is not None else "off"}
    steps: list[dict[str, Any]] = [{"color": "green", "value": None}]
    if panel.bound is not None:
        steps.append({"color": "red", "value": panel.bound})
    return {
        "id": number + 1,
        "type": "timeseries",
        "title": panel.title,
        "description": panel.what,
        "datasource": DATASOURCE,
        "gridPos": {"x": column * WIDTH, "y": row * HEIGHT, "w": WIDTH, "h": HEIGHT},
        "fieldConfig": {
            "defaults": {
                "unit": panel.unit,
                "min": 0,
                "custom": custom,
                "thresholds": {"mode": "absolute", "steps": steps},
            },
            "overrides": [],
        },
        "options": {
            "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
            "tooltip": {"mode": "multi", "sort": "desc"},
        },
        "targets": [
            {"refId": chr(ord("A") + index), "datasource": DATASOURCE, "expr": query.expr, "legendFormat": query.legend}
            for index, query in enumerate(panel.queries)
        ],
    }
