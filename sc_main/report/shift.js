// SPDX-License-Identifier: Apache-2.0
// The inference shift: what a task costs against how long its user waits, by system, and the envelope below all of them.
function drawShift(data) {
  const names = [...new Set(data.traffic.flatMap((t) => t.systems.map((s) => s.name)))];
  const color = (name) => category(names.indexOf(name));
  document.title = 'The inference shift · Strata';
  document.getElementById('title').textContent = 'The inference shift';
  document.getElementById('subtitle').textContent = 'what a task costs against how long its user waits';
  document.getElementById('runs').append(...names.map((n) => make('li', {class: 'run-name'}, swatch(color(n)), n)));
  document.getElementById('footer').textContent = 'Made by strata shift. Prices are estimates, which strata describe shows as such.';

  data.traffic.forEach((t, i) => {
    const points = t.systems.flatMap((s) => s.points.map((p) => ({...p, name: s.name, color: color(s.name)})));
    const cards = grid(section('traffic-' + i, t.name, t.text + ' Points of a system are joined by rising load; the dashed line is the least that a limit on the wait allows.'), 420);
    for (const factor of data.memory_prices) {
      const dollars = (p) => p.capital_usd * (1 + p.memory_share * (factor - 1)) + p.energy_usd;
      shiftChart(cards, points, factor === 1 ? 'Dollars a task' : `Dollars a task, memory at ${number(factor)} times its price`, dollars, (v) => '$' + number(v, 2), data.waits);
    }
    shiftChart(cards, points, 'Joules a task', (p) => p.energy_J, (v) => si(v, 'J'), data.waits);
  });
}

function shiftChart(parent, points, title, yOf, yText, waits) {
  const box = card(parent, title, 'down and left is better');
  chart(box, 360, (svg, width, height) => {
    const area = {left: 66, right: width - 12, top: 30, bottom: height - 44};
    const x = d3.scaleLog([d3.min(points, (p) => p.wait_s) / 1.6, Math.max(d3.max(waits), d3.max(points, (p) => p.wait_s) * 1.6)], [area.left, area.right]);
    const y = d3.scaleLog(logDomain(points.map(yOf), 1), [area.bottom, area.top]);
    axes(svg, area, {scale: x, ticks: logTicks(x, width / 60), format: (v) => si(v, 's'), title: 'wait per output token'},
      {scale: y, ticks: logTicks(y, 8), format: yText, title});
    const rising = [...points].sort((a, b) => a.wait_s - b.wait_s);
    const front = rising.filter((p, i) => !rising.slice(0, i).some((q) => yOf(q) <= yOf(p)));
    const path = front.flatMap((p, i) => [[x(p.wait_s), y(i ? yOf(front[i - 1]) : yOf(p))], [x(p.wait_s), y(yOf(p))]]);
    path.push([area.right, y(yOf(front[front.length - 1]))]);
    svg.append('path').attr('class', 'envelope').attr('d', d3.line()(path)).attr('fill', 'none').style('stroke', 'var(--faint)').attr('stroke-dasharray', '4 4');
    const names = [...new Set(points.map((p) => p.name))];
    for (const name of names) {
      const own = points.filter((p) => p.name === name);
      svg.append('path').attr('d', d3.line()(own.map((p) => [x(p.wait_s), y(yOf(p))]))).attr('fill', 'none').style('stroke', own[0].color).attr('stroke-width', 1.6).attr('opacity', 0.6);
    }
    hover(svg.selectAll('circle').data(points).enter().append('circle').attr('cx', (p) => x(p.wait_s)).attr('cy', (p) => y(yOf(p))).attr('r', 5)
      .style('fill', (p) => p.color).style('stroke', 'var(--card)').attr('stroke-width', 1.5), (p) => ({title: p.name, rows: [
      {name: 'load', value: String(p.load)}, {name: 'wait per token', value: si(p.wait_s, 's')}, {name: 'whole task', value: si(p.task_s, 's')},
      {name: title, value: yText(yOf(p))}, {name: 'joules a task', value: si(p.energy_J, 'J')}]}));
    placeLabels(svg, names.map((name) => points.filter((p) => p.name === name)).map((own) => own.reduce((a, b) => (yOf(b) < yOf(a) ? b : a)))
      .map((p) => ({x: x(p.wait_s), y: y(yOf(p)), text: p.name, color: p.color})), area);
  });
}
