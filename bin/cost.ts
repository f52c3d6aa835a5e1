/**
 * `npm run cost -- [name=value …]`: what a stage with this context costs in an idle month, and per million operations;
 * with `calls`, `minutes`, `relayed`, `apiCalls` or `cdrs` also what a month with this use costs.
 * `npm run cost -- sip=udp sipTasks=1 alarms=few provisionedConcurrency=0` is the smallest stage with SIP.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dollarsOf, idleMonth, monthOf, perMillion, PriceList, Use, type CostLine } from '#infra/cost/cost.ts';
import { contextIn, withTemplates } from './templates-of.ts';

const list = PriceList.parse(JSON.parse(readFileSync(join(import.meta.dirname, '../infra/cost/prices.json'), 'utf8')));
const isUse = (argument: string): boolean => Object.hasOwn(Use.shape, argument.split('=')[0] ?? '');
const given = process.argv.slice(2);
const used = given.filter(isUse);
const use = Use.parse(contextIn(used));

await withTemplates(contextIn(given.filter((argument) => !isUse(argument))), (templates) => {
  console.log(`US dollars, ${list.region}, list prices of ${list.asOf}, beyond what is always free`);
  show('An idle month', idleMonth(templates, list));
  if (used.length > 0) show('A month with this use', monthOf(use, templates, list));
  for (const operation of Object.keys(list.usage))
    show(`A million times: ${operation}`, perMillion(operation, templates, list));
  console.log('\nAssumptions');
  for (const [of, text] of Object.entries(list.assumptions)) console.log(`  ${of}: ${text}`);
});

function show(title: string, lines: readonly CostLine[]): void {
  console.log(`\n${title}: ${dollarsOf(lines).toFixed(2)}`);
  for (const { price, quantity, dollars } of lines.toSorted((one, other) => other.dollars - one.dollars)) {
    const { unit = '', verified = false } = list.prices[price] ?? {};
    const share = `${dollars.toFixed(2).padStart(10)}  ${quantity.toFixed(0)} × ${unit}`;
    console.log(verified ? share : `${share} (price not verified)`);
  }
}
