/**
 * `npm run cost -- [name=value …]`: what a stage with this context costs in an idle month, and per million operations;
 * with `calls`, `devices` or another number of its use also what a month with this use costs.
 * `npm run cost -- sip=udp sipTasks=1 alarms=few provisionedConcurrency=0` is the smallest stage with SIP.
 */
import * as z from 'zod';
import {
  dollarsOf,
  idleMonth,
  monthOf,
  perMillion,
  priceList,
  Use,
  type CostLine,
  type PriceList,
} from '#infra/cost/cost.ts';
import { command, run } from './command-line/command.ts';
import { contextIn, ContextValue, withTemplates } from './templates-of.ts';

export const tool = command({
  name: 'cost',
  purpose: 'Prints what a stage costs in an idle month, per million operations, and in a month with some use.',
  arguments: {
    context: z.array(ContextValue).default([]).describe('name=value: settings of the stage, or calls, minutes, …'),
  },
});

const isUse = (argument: string): boolean => Object.hasOwn(Use.shape, argument.split('=')[0] ?? '');

if (import.meta.main)
  await run(tool, async ({ context: given }) => {
    const list = priceList();
    const used = given.filter(isUse);
    const use = Use.parse(contextIn(used));
    await withTemplates(contextIn(given.filter((argument) => !isUse(argument))), (templates) => {
      console.log(`US dollars, ${list.region}, list prices of ${list.asOf}, beyond what is always free`);
      show('An idle month', idleMonth(templates, list), list);
      if (used.length > 0) show('A month with this use', monthOf(use, templates, list), list);
      for (const operation of Object.keys(list.usage))
        show(`A million times: ${operation}`, perMillion(operation, templates, list), list);
      console.log('\nAssumptions');
      for (const [of, text] of Object.entries(list.assumptions)) console.log(`  ${of}: ${text}`);
    });
  });

function show(title: string, lines: readonly CostLine[], list: PriceList): void {
  console.log(`\n${title}: ${dollarsOf(lines).toFixed(2)}`);
  for (const { price, quantity, dollars } of lines.toSorted((one, other) => other.dollars - one.dollars)) {
    const { unit = '', verified = false } = list.prices[price] ?? {};
    const share = `${dollars.toFixed(2).padStart(10)}  ${quantity.toFixed(0)} × ${unit}`;
    console.log(verified ? share : `${share} (price not verified)`);
  }
}
