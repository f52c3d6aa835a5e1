/**
 * `npm run cost -- [name=value …]`: what a stage with this context costs in an idle month, and per million operations;
 * with `calls`, `minutes`, `relayed`, `apiCalls` or `cdrs` also what a month with this use costs.
 * `npm run cost -- sip=udp sipTasks=1 alarms=few provisionedConcurrency=0` is the smallest stage with SIP.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildApp } from '#infra/app.ts';
import { bundledFunctions } from '#infra/bundle.ts';
import { dollarsOf, idleMonth, monthOf, perMillion, PriceList, Use, type CostLine } from '#infra/cost/cost.ts';
import type { CostTemplate } from '#infra/cost/meters.ts';

const list = PriceList.parse(JSON.parse(readFileSync(join(import.meta.dirname, '../infra/cost/prices.json'), 'utf8')));
const given = process.argv.slice(2).map((argument): [string, string] => {
  const [name = '', ...value] = argument.split('=');
  return [name, value.join('=')];
});
const isUse = ([name]: [string, string]): boolean => Object.hasOwn(Use.shape, name);
const use = Use.parse(Object.fromEntries(given.filter(isUse)));
const context = Object.fromEntries(given.filter((argument) => !isUse(argument)));

const outdir = mkdtempSync(join(tmpdir(), 'trunkline-cost-'));
process.env['CDK_VALIDATION'] = 'false';
try {
  const { stacks } = buildApp({ outdir, bundles: await bundledFunctions(), context, checks: false }).synth();
  const templates = stacks.map(
    ({ templateFullPath }) => JSON.parse(readFileSync(templateFullPath, 'utf8')) as CostTemplate,
  );
  console.log(`US dollars, ${list.region}, list prices of ${list.asOf}, beyond what is always free`);
  show('An idle month', idleMonth(templates, list));
  if (given.some(isUse)) show('A month with this use', monthOf(use, templates, list));
  for (const operation of Object.keys(list.usage))
    show(`A million times: ${operation}`, perMillion(operation, templates, list));
  console.log('\nAssumptions');
  for (const [of, text] of Object.entries(list.assumptions)) console.log(`  ${of}: ${text}`);
} finally {
  rmSync(outdir, { recursive: true, force: true });
}

function show(title: string, lines: readonly CostLine[]): void {
  console.log(`\n${title}: ${dollarsOf(lines).toFixed(2)}`);
  for (const { price, quantity, dollars } of lines.toSorted((one, other) => other.dollars - one.dollars)) {
    const { unit = '', verified = false } = list.prices[price] ?? {};
    const share = `${dollars.toFixed(2).padStart(10)}  ${quantity.toFixed(0)} × ${unit}`;
    console.log(verified ? share : `${share} (price not verified)`);
  }
}
