// Draws every element with data-chart (charts.py), and follows the reader: runs shown, smoothing, axis, round, theme.
"use strict";
(() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const text = (name) => name.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const shown = (run) => run === null || document.getElementById(`run-${run}`)?.checked !== false;

  // The mean of what came before, with weights that fall by the factor keep, corrected for its beginning.
  const smoothed = (y, keep) => {
    let sum = 0, weight = 0;
    return y.map((value) => (sum = keep * sum + value) / (weight = keep * weight + 1));
  };

  const traces = (line, keep) => {
    const ink = colour(`--c${line.colour % 8}`), [low, high] = [line.low, line.high];
    const common = {
      x: line.x, name: text(line.name), visible: shown(line.run), type: "scatter", mode: line.x.length > 1 ? "lines" : "markers",
      line: { color: ink, width: line.wide ? 7 : 1.8, dash: ["solid", "dash", "dot"][Math.floor(line.colour / 8) % 3] },
      opacity: line.wide ? 0.45 : 1,
    };
    if (low.length) {
      const bars = { type: "data", symmetric: false, color: ink, thickness: 1, width: 3 };
      bars.array = high.map((value, i) => value - line.y[i]);
      bars.arrayminus = low.map((value, i) => line.y[i] - value);
      return [{ ...common, y: line.y, mode: "lines+markers", error_y: bars }];
    }
    if (!keep) return [{ ...common, y: line.y }];
    return [
      { ...common, y: line.y, opacity: 0.2, hoverinfo: "skip" },
      { ...common, y: smoothed(line.y, keep) },
    ];
  };

  const layout = (chart, log) => {
    const axis = { gridcolor: colour("--rule"), zerolinecolor: colour("--rule"), automargin: true };
    return {
      autosize: true, height: 320, margin: { l: 56, r: 12, t: 8, b: 40 }, showlegend: false, hovermode: "x unified",
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", uirevision: `${chart.key} ${log}`,
      font: { color: colour("--soft"), family: "inherit", size: 12 }, hoverlabel: { bgcolor: colour("--card"), namelength: 40 },
      xaxis: { ...axis, title: { text: text(chart.across) } },
      yaxis: { ...axis, type: log ? "log" : "linear", exponentformat: "power" },
    };
  };

  const draw = () => {
    const keep = Number(document.getElementById("smoothing")?.value ?? 0);
    const asked = document.getElementById("logarithmic")?.checked ?? false;
    for (const place of all("[data-chart]")) {
      const chart = JSON.parse(place.dataset.chart);
      const log = chart.log || (chart.smooth && asked);
      const data = chart.lines.flatMap((line) => traces(line, chart.smooth ? keep : 0));
      Plotly.react(place, data, layout(chart, log), { responsive: true, displaylogo: false, displayModeBar: false });
    }
  };

  // Of each run the last picture up to the chosen round.
  const turn = () => {
    for (const slider of all("input[data-rounds]")) {
      const round = JSON.parse(slider.dataset.rounds)[slider.value];
      document.getElementById(`${slider.id}-round`).textContent = `round ${round}`;
      for (const figure of all(`[data-pictures="${slider.id}"]`)) {
        const pictures = [...figure.querySelectorAll("img")];
        const last = pictures.filter((each) => Number(each.dataset.round) <= round).pop() ?? pictures[0];
        pictures.forEach((each) => { each.hidden = each !== last; });
        figure.querySelector("small").textContent = `round ${last.dataset.round}`;
      }
    }
  };

  const hide = () => all("[data-run]").forEach((each) => { each.hidden = !shown(each.dataset.run); });
  const refresh = () => { hide(); turn(); draw(); };

  // A newer page in the place of this one: what the reader has chosen stays.
  const replace = (html) => {
    const newer = new DOMParser().parseFromString(html, "text/html").querySelector("main");
    for (const input of all("main input[id]")) {
      const other = newer.querySelector(`#${CSS.escape(input.id)}`);
      if (!other) continue;
      other.checked = input.checked;
      if (input.value !== input.max || input.id === "smoothing") other.value = input.value;  // at the last: stays there
    }
    for (const each of all("main details[id]")) {
      const other = newer.querySelector(`#${CSS.escape(each.id)}`);
      if (other) other.open = each.open;
    }
    for (const place of all("main [data-chart]")) {
      const other = newer.querySelector(`#${CSS.escape(place.id)}`);
      if (!other) continue;
      place.dataset.chart = other.dataset.chart;
      other.replaceWith(place);
    }
    document.querySelector("main").replaceWith(newer);
    refresh();
  };

  const fetched = async (path) => {
    const answer = await fetch(path);
    if (!answer.ok) throw new Error(answer.statusText);
    return answer.text();
  };

  const follow = async (state) => {
    try {
      const now = await fetched("state");
      if (now !== state) replace(await fetched("main"));
      state = now;
      document.body.classList.remove("gone");
    } catch {
      document.body.classList.add("gone");  // the server has ended, or a file is being replaced: ask again
    }
    setTimeout(follow, 2000, state);
  };

  document.addEventListener("input", refresh);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  refresh();
  if (document.body.dataset.live) follow(document.body.dataset.live);
})();
