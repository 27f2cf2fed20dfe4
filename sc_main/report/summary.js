// SPDX-License-Identifier: Apache-2.0
// Headline figures: a card for each, a row for each run.
function drawSummary(runs) {
  const body = section('summary', 'Summary');
  const cards = grid(body, 300);
  cards.classList.add('summary');
  const idle = (r) => { const p = r.phases.find((x) => x.name === 'idle'); return p ? p.time_share.value : 0; };
  const bound = (r) => { const busy = r.phases.filter((p) => p.name !== 'idle' && p.time.value > 0).sort((a, b) => b.time.value - a.time.value)[0]; return busy ? busy.name + ' is bound by ' + busy.bound_by : ''; };
  const metrics = [
    {title: 'Time to first token', note: 'median', unit: 's', better: -1, of: (r) => r.latency.ttft.p50, extra: (r) => 'p99 ' + si(r.latency.ttft.p99, 's')},
    {title: 'Time per output token', note: 'median', unit: 's', better: -1, of: (r) => r.latency.tpot.p50, extra: (r) => 'p99 ' + si(r.latency.tpot.p99, 's')},
    {title: 'Throughput', note: 'output tokens, all users', unit: 'token/s', better: 1, of: (r) => r.throughput.output_total.value, extra: (r) => si(r.throughput.prompt_total.value, 'token/s') + ' of prompts'},
    {title: 'Speed for a user', note: 'mean of 1 / time per token', unit: 'token/s', better: 1, of: (r) => r.throughput.output_per_user.value, extra: bound},
    {title: 'Energy per output token', note: 'components, static power included', unit: 'J', better: -1, of: (r) => r.energy.per_output_token.value, extra: (r) => r.energy.wall ? si(r.energy.wall.per_output_token.value, 'J') + ' at the wall' : si(r.energy.total.value, 'J') + ' in all'},
    {title: 'Mean power', note: 'components', unit: 'W', better: -1, of: (r) => r.energy.mean_power.value, extra: (r) => r.energy.wall ? si(r.energy.wall.mean_power.value, 'W') + ' at the wall' : 'over ' + si(r.simulated_time.value, 's')},
    {title: 'Time with nothing to do', note: 'share of the simulated time', unit: 'share', better: 0, of: idle, extra: (r) => si(r.requests.completed.value, '1') + ' requests served' + (r.requests.rejected.value ? ', ' + si(r.requests.rejected.value, '1') + ' rejected' : '')},
    {title: 'Audits', note: 'conservation, energy, roofline, Little’s law', unit: 'audits', better: 0, of: (r) => r.audits.filter((a) => a.passed).length / r.audits.length, extra: (r) => r.audits.filter((a) => !a.passed).map((a) => a.name).join(', ')},
  ];
  for (const m of metrics) {
    const values = runs.map((run) => m.of(run.result));
    const finite = values.filter((v) => v !== null && isFinite(v) && v > 0);
    const best = m.better > 0 ? d3.max(finite) : m.better < 0 ? d3.min(finite) : null;
    const box = card(cards, m.title, m.note);
    box.classList.add('metric');
    if (runs.length === 1) box.classList.add('single');
    runs.forEach((run, i) => {
      const v = values[i];
      const [text, unit] = m.unit === 'share' ? percent(v).split(' ') : m.unit === 'audits' ? [v === 1 ? 'passed' : 'failed', ''] : parts(v, m.unit);
      const value = make('span', {class: 'value' + (runs.length > 1 && v === best ? ' best' : '')}, text, unit ? make('small', {}, unit) : null);
      if (m.unit === 'audits') value.classList.add(v === 1 ? 'best' : 'failed');
      const share = m.unit === 'share' || m.unit === 'audits' ? v : finite.length ? v / d3.max(finite) : 0;
      box.append(make('div', {class: 'row'},
        make('span', {class: 'who'}, swatch(run.color), make('span', {}, run.name)), value,
        m.unit === 'audits' ? null : make('span', {class: 'track'}, make('i', {style: {width: (100 * (share || 0)).toFixed(2) + '%', background: run.color}})),
        m.extra(run.result) ? make('span', {class: 'extra'}, m.extra(run.result)) : null));
    });
  }
}
