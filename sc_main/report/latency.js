// SPDX-License-Identifier: Apache-2.0
// Latencies of the requests: cumulative distributions, with their percentiles below.
const LATENCIES = [
  ['ttft', 'Time to first token', 'from arrival'],
  ['tpot', 'Time per output token', 'mean of each request, first token apart'],
  ['end_to_end', 'End to end', 'from arrival to the last token'],
  ['queueing', 'Queueing', 'from arrival to admission'],
];

function drawLatency(runs) {
  const body = section('latency', 'Latency distributions', 'Share of requests that took at most so long. Steep curves are steady service; long tails at the top are the requests that users complain about.');
  const cards = grid(body, 520);
  for (const [key, title, note] of LATENCIES) {
    const box = card(cards, title, note);
    chart(box, 220, (svg, width, height) => cumulative(svg, width, height, runs, key));
    const percentiles = ['mean', 'p50', 'p90', 'p99'];
    box.append(table([{title: 'run'}, ...percentiles.map((p) => ({title: p, number: true}))],
      runs.map((run) => [runLabel(run), ...percentiles.map((p) => si(run.result.latency[key][p], 's'))])));
  }
}

function cumulative(svg, width, height, runs, key) {
  const area = {left: 46, right: width - 10, top: 10, bottom: height - 28};
  const lines = runs.map((run) => ({run, values: run.result.latency[key].quantiles.filter((v) => v !== null)})).filter((l) => l.values.length);
  const all = lines.flatMap((l) => l.values);
  if (!all.some((v) => v > 0)) {
    svg.append('text').attr('x', width / 2).attr('y', height / 2).attr('text-anchor', 'middle').text(lines.length ? 'none: every request was admitted at once' : 'no request was completed');
    return;
  }
  const positive = all.filter((v) => v > 0), largest = d3.max(positive), least = d3.min(positive);
  const logarithmic = least === d3.min(all) && largest / least > 12;
  const x = logarithmic ? d3.scaleLog([least / 1.15, largest * 1.15], [area.left, area.right]) : d3.scaleLinear([0, largest * 1.05], [area.left, area.right]).nice();
  const y = d3.scaleLinear([0, 1], [area.bottom, area.top]);
  axes(svg, area,
    {scale: x, ticks: logarithmic ? logTicks(x, width / 70) : x.ticks(Math.min(7, width / 80)), format: (v) => si(v, 's')},
    {scale: y, ticks: [0, 0.25, 0.5, 0.75, 1], format: (v) => 100 * v + ' %'});
  for (const {run, values} of lines) {
    // Up to a hundred values are those of the requests themselves, more are quantiles.
    const points = values.length > 100 ? values.map((v, i) => [x(v), y(i / (values.length - 1))])
      : [[x(values[0]), y(0)], ...values.map((v, i) => [x(v), y((i + 1) / values.length)])];
    const line = d3.line().curve(values.length > 100 ? d3.curveLinear : d3.curveStepAfter);
    svg.append('path').attr('d', line(points)).attr('fill', 'none').style('stroke', run.color).attr('stroke-width', 2.2).attr('stroke-linejoin', 'round');
  }
  const rule = svg.append('line').attr('class', 'rule').attr('x1', area.left).attr('x2', area.right).style('visibility', 'hidden');
  svg.append('rect').attr('width', width).attr('height', height).attr('fill', 'none').style('pointer-events', 'all').each(function () {
    this.addEventListener('pointermove', (event) => {
      const share = Math.max(0, Math.min(1, y.invert(event.clientY - this.getBoundingClientRect().top)));
      rule.attr('y1', y(share)).attr('y2', y(share)).style('visibility', 'visible');
      tip.show(event, 'p' + number(100 * share), lines.map(({run, values}) => ({color: run.color, name: run.name, value: si(d3.quantile(values, share), 's')})));
    });
    this.addEventListener('pointerleave', () => { rule.style('visibility', 'hidden'); tip.hide(); });
  });
}
