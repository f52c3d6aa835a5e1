import type { CostLine, PriceList } from './cost.ts';

/** The lines of a bill as the README shows them, and the prices that each adds up. */
const rows: readonly (readonly [label: string, ...prices: string[]])[] = [
  ['load balancers', 'balancerHour'],
  ['public IPv4 addresses', 'publicAddressHour'],
  ['tasks (Fargate, arm64)', 'fargateCpuHour', 'fargateGbHour'],
  ['interface endpoint of Secrets Manager', 'endpointHour'],
  ['NAT gateways', 'natHour'],
  ['alarms', 'alarmMetric', 'compositeAlarm'],
  ['warm environment of the evaluator', 'lambdaProvisionedGbSecond'],
  ['metrics', 'customMetric'],
  ['polling of queues, and schedules', 'sqsRequest', 'lambdaRequest', 'lambdaGbSecond'],
  ['dashboard', 'dashboard'],
  ['secrets', 'secret'],
  ['key of the alarms', 'kmsKey'],
  ['private zone', 'hostedZone'],
  ['logs', 'logGigabyte'],
];

const dollarsIn = (bill: readonly CostLine[], prices?: readonly string[]): string => {
  const total = bill
    .filter(({ price }) => prices === undefined || prices.includes(price))
    .reduce((sum, { dollars }) => sum + dollars, 0);
  return total === 0 ? '–' : total.toFixed(2);
};

/**
 * A table of bills in Markdown, one column each, in US dollars a month.
 *
 * @throws Error naming a price that has no line
 */
export function costTable(bills: Readonly<Record<string, readonly CostLine[]>>, list: PriceList): string {
  const columns = Object.values(bills);
  const known = new Set(rows.flatMap(([, ...prices]) => prices));
  for (const { price } of columns.flat()) if (!known.has(price)) throw new Error(`no line of the table has ${price}`);
  const lines = rows
    .map(([label, ...prices]) => ({ label, prices, cells: columns.map((bill) => dollarsIn(bill, prices)) }))
    .filter(({ cells }) => cells.some((cell) => cell !== '–'))
    .map(({ label, prices, cells }) => {
      const checked = prices.every((price) => list.prices[price]?.verified === true) ? 'yes' : 'no';
      return [label, ...cells, checked];
    });
  const sum = ['**sum**', ...columns.map((bill) => `**${dollarsIn(bill)}**`), ''];
  const heads = ['line', ...Object.keys(bills), 'price verified'];
  return (
    `In US dollars a month, at list prices of ${list.region} as of ${list.asOf}:\n\n` + tableOf([heads, ...lines, sum])
  );
}

/**
 * A document with other texts between its marks: `<!-- name -->` and `<!-- end of name -->`.
 *
 * @throws Error naming marks that it lacks
 */
export const withGenerated = (document: string, texts: Readonly<Record<string, string>>): string =>
  Object.entries(texts).reduce((before, [name, text]) => {
    const [from, to] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
    const [start, end] = [before.indexOf(from), before.indexOf(to)];
    if (start < 0 || end < start) throw new Error(`the document lacks ${from} and ${to}`);
    return `${before.slice(0, start)}${from}\n\n${text}\n\n${before.slice(end)}`;
  }, document);

/** A table in Markdown. */
export const tableOf = (lines: readonly (readonly string[])[]): string =>
  lines
    .flatMap((cells, at) => (at === 0 ? [cells, cells.map(() => '---')] : [cells]))
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
