// Charts over time, drawn on a canvas; their figures stand in the table behind each.
import { colour, onTheme } from "./colours.js";

const number = (n) => n.toLocaleString("en-US");

function series(one, kind, index) {
  const tint = colour(`--cat-${(index % 5) + 1}`);
  return {
    name: one.name, data: one.values, type: kind, color: tint, symbolSize: 7, barMaxWidth: 40,
    stack: kind === "bar" ? "all" : undefined, lineStyle: { width: 2 },
    endLabel: { show: kind === "line", formatter: "{a}", color: colour("--ink-2"), fontSize: 13 },
  };
}

function options(chart) {
  const ink = colour("--ink-2"), line = colour("--line");
  const few = chart.series.length > 1;
  return {
    animation: false,
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
    grid: { left: 8, right: chart.kind === "line" ? 96 : 16, top: few && chart.kind === "bar" ? 32 : 12, bottom: 8, containLabel: true },
    legend: { show: few && chart.kind === "bar", top: 0, left: 0, itemWidth: 12, itemHeight: 12, textStyle: { color: ink } },
    tooltip: { trigger: "axis", renderMode: "richText", valueFormatter: number, backgroundColor: colour("--raised"), borderColor: line, textStyle: { color: colour("--ink") } },
    xAxis: { type: "category", data: chart.labels, axisLabel: { color: ink, hideOverlap: true }, axisLine: { lineStyle: { color: line } }, axisTick: { show: false } },
    yAxis: { type: "value", min: chart.from ?? 0, minInterval: 1, axisLabel: { color: ink, formatter: number }, splitLine: { lineStyle: { color: line } } },
    series: chart.series.map((one, index) => series(one, chart.kind, index)),
  };
}

function begin(root) {
  root.querySelectorAll("[data-chart]:not([data-begun])").forEach((box) => {
    box.dataset.begun = "1";
    const drawn = echarts.init(box, null, { renderer: "canvas" });
    const draw = () => drawn.setOption(options(JSON.parse(box.dataset.chart)), true);
    draw();
    onTheme(draw);
    new ResizeObserver(() => drawn.resize()).observe(box);
  });
}
begin(document);
document.addEventListener("htmx:afterSettle", (event) => begin(event.target.parentElement || document));
