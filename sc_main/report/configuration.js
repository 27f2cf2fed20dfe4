// SPDX-License-Identifier: Apache-2.0
// Effective configuration of every run with the source of each value; options, audits and fidelity.
const grade = (confidence) => (confidence || 'default').split(' ')[0];

function drawConfiguration(runs) {
  const body = section('configuration', 'Configuration and sources', 'Every value that the simulation used, with where it comes from and how far to trust it. Values without a source are the model’s defaults.');
  const search = make('input', {type: 'search'});
  const defaults = make('input', {type: 'checkbox'});
  body.append(make('div', {class: 'tools'}, make('label', {}, 'find a parameter, value or source ', search), make('label', {}, defaults, ' show model defaults')));
  for (const run of runs) body.append(configurationOf(run, runs.length === 1));
  const update = () => {
    const wanted = search.value.toLowerCase();
    for (const row of body.querySelectorAll('tbody tr[data-text]'))
      row.hidden = !row.dataset.text.includes(wanted) || (row.dataset.grade === 'default' && !defaults.checked && !wanted);
    for (const block of body.querySelectorAll('.component')) block.hidden = ![...block.querySelectorAll('tr[data-text]')].some((row) => !row.hidden);
  };
  search.addEventListener('input', update);
  defaults.addEventListener('change', update);
  update();
}

function configurationOf(run, open) {
  const r = run.result;
  const shares = d3.nest().key((p) => grade(p.confidence)).rollup((l) => l.length).entries(run.groups.flatMap((g) => g.parameters)).sort((a, b) => b.value - a.value);
  const box = make('details', open ? {class: 'card', open: ''} : {class: 'card'}, make('summary', {}, swatch(run.color), run.name, ' '),
    make('p', {class: 'note'}, fileName(r.platform.file), ' · ', ...shares.flatMap((s) => [make('span', {class: 'badge ' + s.key}, s.value + ' ' + s.key), ' '])));
  box.append(make('h4', {}, 'Traffic and model'), table([{title: 'option'}, {title: 'value'}], [
    ['model', `${r.model.name}: ${si(r.model.parameters.value, '1')} parameters, weights ${r.model.weights_type} ${si(r.model.weights.value, 'B')}, KV ${r.model.kv_type} ${si(r.model.kv_per_token.value, 'B')} per token`],
    ['traffic', r.traffic], ['fidelity', `${r.fidelity.level}: ${si(r.fidelity.steps_simulated.value, '1')} steps simulated, ${si(r.fidelity.steps_reused.value, '1')} reused; error of spot checks ${percent(r.fidelity.mean_error.value)} mean, ${percent(r.fidelity.max_error.value)} at most`],
    ...(r.options.set.length ? [['overrides', r.options.set.join(', ')]] : []), ...(r.options.framework ? [['framework', r.options.framework]] : [])]));
  box.append(make('h4', {}, 'Audits'), table([{title: 'audit'}, {title: ''}, {title: 'both sides'}],
    r.audits.map((a) => [a.name, make('span', {class: 'badge ' + (a.passed ? 'published' : 'failed')}, a.passed ? 'passed' : 'failed'), a.detail])));
  for (const g of run.groups)
    box.append(make('div', {class: 'component'}, make('h4', {}, make('span', {class: 'mono'}, g.name), g.units > 1 ? ' × ' + g.units : '', ' ', make('span', {class: 'badge'}, g.type)), parameterTable(g)));
  return box;
}

function parameterTable(group) {
  const rows = group.parameters.map((p) => make('tr', {'data-grade': grade(p.confidence), 'data-text': [group.name, p.name, p.value, p.source, p.confidence].join(' ').toLowerCase()},
    make('td', {class: 'mono'}, p.name), make('td', {class: 'mono'}, p.value), make('td', {}, p.source), make('td', {}, p.confidence ? make('span', {class: 'badge ' + grade(p.confidence)}, p.confidence) : '')));
  return make('div', {class: 'scroll'}, make('table', {class: 'configuration'},
    make('thead', {}, make('tr', {}, ['parameter', 'value', 'source', 'confidence'].map((t) => make('th', {}, t)))), make('tbody', {}, rows)));
}
