// SPDX-License-Identifier: Apache-2.0
// Reads the results that the page carries and draws every section.
(function () {
  const root = document.documentElement, dark = window.matchMedia('(prefers-color-scheme: dark)');
  const follow = () => { root.dataset.theme = dark.matches ? 'dark' : 'light'; };
  follow();
  dark.addEventListener('change', follow);
  document.getElementById('theme').addEventListener('click', () => { root.dataset.theme = root.dataset.theme === 'dark' ? 'light' : 'dark'; });

  const data = JSON.parse(document.getElementById('data').textContent);
  if (data.schema === 'strata.shift') return drawShift(data);
  const runs = prepare(data);
  const models = [...new Set(runs.map((r) => r.result.model.name + ', weights ' + r.result.model.weights_type))];
  const traffics = [...new Set(runs.map((r) => r.result.traffic))];
  document.getElementById('title').textContent = runs.length === 1 ? runs[0].name : 'Comparison of ' + runs.length + ' runs';
  document.getElementById('subtitle').textContent = models.join(' / ') + ' · ' + traffics.join(' / ');
  document.title = (runs.length <= 3 ? runs.map((r) => r.name).join(', ') : runs.length + ' runs') + ' · Strata report';
  document.getElementById('runs').append(...runs.map((r) => make('li', {class: 'run-name'}, swatch(r.color), r.name)));
  document.getElementById('footer').textContent = 'Made by strata report from result.json; every figure is in it with its unit. Platforms: ' + [...new Set(runs.map((r) => fileName(r.result.platform.file)))].join(', ') + '.';

  drawSummary(runs);
  drawLatency(runs);
  drawFrontier(runs);
  drawTime(runs);
  drawEnergy(runs);
  drawTimeline(runs);
  drawRoofline(runs);
  drawDiagram(runs);
  drawConfiguration(runs);
})();
