// SPDX-License-Identifier: Apache-2.0
// What a platform gives to one user against what it gives to all, and against what a token costs.
function drawFrontier(runs) {
  const body = section('frontier', 'Throughput, latency and energy', runs.length > 1 ?
    'Every point is a run; runs of one platform are joined. The dashed line is the frontier: no run beats it on both axes.' :
    'Where this run lies; give several result folders to see the frontier between them.');
  const cards = grid(body, 420);
  const user = (r) => r.throughput.output_per_user.value;
  frontierChart(cards, runs, 'Throughput against speed for a user', 'up and right is better', user, (r) => r.throughput.output_total.value, 'output tokens/s, all users', 'token/s', 1);
  frontierChart(cards, runs, 'Energy against speed for a user', 'down and right is better', user, (r) => r.energy.per_output_token.value, 'energy per output token', 'J', -1);
}

function frontierChart(parent, runs, title, note, xOf, yOf, yTitle, unit, better) {
  const points = runs.map((run) => ({run, x: xOf(run.result), y: yOf(run.result)})).filter((p) => p.x > 0 && p.y > 0);
  const box = card(parent, title, note);
  chart(box, 330, (svg, width, height) => {
    if (!points.length) { svg.append('text').attr('x', 10).attr('y', 40).text('no run generated more than one token per request'); return; }
    const area = {left: 62, right: width - 12, top: 30, bottom: height - 44};
    const x = d3.scaleLog(logDomain(points.map((p) => p.x), 1), [area.left, area.right]);
    const y = d3.scaleLog(logDomain(points.map((p) => p.y), 1), [area.bottom, area.top]);
    axes(svg, area, {scale: x, ticks: logTicks(x, width / 60), format: (v) => si(v, ''), title: 'tokens/s for one user'},
      {scale: y, ticks: logTicks(y, 8), format: (v) => unit === 'J' ? si(v, 'J') : si(v, ''), title: yTitle});
    if (points.length > 1) {
      const front = points.filter((p) => !points.some((q) => q.x >= p.x && better * q.y >= better * p.y && (q.x > p.x || better * q.y > better * p.y))).sort((a, b) => a.x - b.x);
      const edge = better > 0 ? area.bottom : area.top;
      const path = [[area.left, y(front[0].y)], ...front.flatMap((p, i) => [[x(p.x), y(p.y)], [x(p.x), i + 1 < front.length ? y(front[i + 1].y) : edge]])];
      svg.append('path').attr('d', d3.line()(path)).attr('fill', 'none').style('stroke', 'var(--faint)').attr('stroke-dasharray', '4 4');
    }
    for (const platform of new Set(points.map((p) => p.run.platform))) {
      const own = points.filter((p) => p.run.platform === platform).sort((a, b) => a.x - b.x);
      svg.append('path').attr('d', d3.line()(own.map((p) => [x(p.x), y(p.y)]))).attr('fill', 'none').style('stroke', own[0].run.color).attr('stroke-width', 1.6).attr('opacity', 0.6);
    }
    hover(svg.selectAll('circle').data(points).enter().append('circle').attr('cx', (p) => x(p.x)).attr('cy', (p) => y(p.y)).attr('r', 6.5)
      .style('fill', (p) => p.run.color).style('stroke', 'var(--card)').attr('stroke-width', 2), (p) => ({title: p.run.name, rows: [
      {name: 'for one user', value: si(p.x, 'token/s')}, {name: 'all users', value: si(p.run.result.throughput.output_total.value, 'token/s')},
      {name: 'energy per token', value: si(p.run.result.energy.per_output_token.value, 'J')}, {name: 'TTFT p50', value: si(p.run.result.latency.ttft.p50, 's')}]}));
    placeLabels(svg, points.map((p) => ({x: x(p.x), y: y(p.y), text: p.run.name, color: p.run.color})), area);
  });
}
