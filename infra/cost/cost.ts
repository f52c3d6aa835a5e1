import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { filteredMetrics, hours, idleQuantities, memoryOf, tasksBeyond, type Quantities } from './meters.ts';
import type { DeclaredTemplate } from '../declared.ts';
import { billedUnits } from '../throughput.ts';

/** What a month costs, computed from synthesized templates and a dated list of prices. */

const Price = z.object({ amount: z.number(), unit: z.string(), source: z.url(), verified: z.boolean() });
const Usage = z.object({
  httpApiRequest: z.number().default(0),
  lambdaRequest: z.number().default(0),
  milliseconds: z.number().default(0),
  function: z.string().optional(),
  sqsRequest: z.number().default(0),
  dynamodbRead: z.number().default(0),
  dynamodbWrite: z.number().default(0),
  logBytes: z.number().default(0),
  egressBytes: z.number().default(0),
  balancerBytes: z.number().default(0),
  udpFlows: z.number().default(0),
  tlsFlows: z.number().default(0),
});

/** The form of `prices.json`. */
export const PriceList = z.object({
  region: z.string(),
  asOf: z.iso.date(),
  prices: z.record(z.string(), Price),
  freePerMonth: z.record(z.string(), z.number()),
  usage: z.record(z.string(), Usage),
  assumptions: z.record(z.string(), z.string()),
});
export type PriceList = z.infer<typeof PriceList>;

/** The list of this folder, with the write units that the model of throughput counts. */
export function priceList(): PriceList {
  const list = PriceList.parse(JSON.parse(readFileSync(join(import.meta.dirname, 'prices.json'), 'utf8')));
  const withWrites = (operation: keyof typeof billedUnits) => ({
    ...Usage.parse(list.usage[operation]),
    dynamodbWrite: billedUnits[operation],
  });
  return { ...list, usage: { ...list.usage, call: withWrites('call'), cdr: withWrites('cdr') } };
}

/** A part of the bill: how much of what, after what is free. */
export type CostLine = { readonly price: string; readonly quantity: number; readonly dollars: number };

/** What clients, phones and switches do in a month. */
export const Use = z.object({
  calls: z.coerce.number().min(0).default(0),
  minutes: z.coerce.number().min(0).default(3).describe('Mean length of a call'),
  relayed: z.coerce.number().min(0).max(1).default(0).describe('Share of the calls whose media cross a relay'),
  apiCalls: z.coerce.number().min(0).default(0),
  devices: z.coerce.number().min(0).default(0).describe('Phones that register over UDP or TCP'),
  tlsDevices: z.coerce.number().min(0).default(0).describe('Phones that register over TLS'),
  webSocketDevices: z.coerce.number().min(0).default(0).describe('Browser phones (WSS)'),
  refresh: z.coerce.number().min(60).default(60).describe('Seconds between registrations over UDP or TCP'),
  cdrs: z.coerce.number().min(0).optional().describe('One per call by default; more come from other switches'),
});
export type Use = z.infer<typeof Use>;

function sum(all: readonly Quantities[]): Map<string, number> {
  const total = new Map<string, number>();
  for (const [name, quantity] of all.flatMap((each) => Object.entries(each)))
    total.set(name, (total.get(name) ?? 0) + quantity);
  return total;
}

function linesOf(quantities: ReadonlyMap<string, number>, { prices, freePerMonth }: PriceList): CostLine[] {
  return [...quantities].flatMap(([price, used]) => {
    const amount = prices[price]?.amount;
    if (amount === undefined) throw new Error(`the list has no price ${price}`);
    const quantity = Math.max(0, used - (freePerMonth[price] ?? 0));
    return quantity === 0 ? [] : [{ price, quantity, dollars: quantity * amount }];
  });
}

/** The price of a month of these quantities, beyond what is free. */
export const monthOfQuantities = (quantities: Quantities, list: PriceList): number =>
  dollarsOf(linesOf(sum([quantities]), list));

/** The bill of a month in which nothing happens. */
export const idleMonth = (templates: readonly DeclaredTemplate[], list: PriceList): CostLine[] =>
  linesOf(sum(idleQuantities(templates)), list);

/** Active flows of a capacity unit of a network load balancer (Elastic Load Balancing pricing, "NLCU details"). */
const flowsOfUnit = { udp: 50_000, tls: 3_000 } as const;

/** Seconds between registrations over a connection, which lives by its keep-alives. */
const refreshOfConnections = 3_600;
const secondsOfMonth = hours * 3_600;

/** What an operation takes that happens this often. */
function quantitiesOf(
  operation: string,
  times: number,
  templates: readonly DeclaredTemplate[],
  list: PriceList,
): Quantities {
  const used = Usage.parse(list.usage[operation]);
  const { milliseconds, function: name, logBytes, egressBytes, balancerBytes, udpFlows, tlsFlows, ...usage } = used;
  const each = {
    ...usage,
    ...(name === undefined ? {} : { lambdaGbSecond: (milliseconds / 1_000) * memoryOf(templates, `-${name}`) }),
    logGigabyte: logBytes / 1e9,
    egressGigabyte: egressBytes / 1e9,
    // A unit of an hour is the greatest of its dimensions; their sum is more than is paid.
    balancerUnitHour: balancerBytes / 1e9 + (udpFlows / flowsOfUnit.udp + tlsFlows / flowsOfUnit.tls) * hours,
  };
  return Object.fromEntries(Object.entries(each).map(([price, quantity]) => [price, quantity * times]));
}

/** The bill of a million operations, beyond what is free. */
export const perMillion = (operation: string, templates: readonly DeclaredTemplate[], list: PriceList): CostLine[] =>
  linesOf(sum([quantitiesOf(operation, 1e6, templates, list)]), { ...list, freePerMonth: {} });

/**
 * The bill of a month with this use: what is idle, what the operations take, and the tasks that the services add in
 * busy hours. What is free counts once.
 */
export function monthOf(
  { calls, minutes, relayed, apiCalls, cdrs = calls, devices, tlsDevices, webSocketDevices, refresh }: Use,
  templates: readonly DeclaredTemplate[],
  list: PriceList,
): CostLine[] {
  const connections = tlsDevices + webSocketDevices;
  const registrations = (devices / refresh + connections / refreshOfConnections) * secondsOfMonth;
  const times = {
    ...{ call: calls, relayedMinute: calls * relayed * minutes, apiCall: apiCalls, cdr: cdrs },
    ...{ registration: registrations, udpDevice: devices, secureDevice: connections },
  };
  const operations = Object.entries(times).map(([operation, count]) => quantitiesOf(operation, count, templates, list));
  const added = tasksBeyond({ calls, relayedMinutes: times.relayedMinute, registrations, connections }, templates);
  return linesOf(sum([...idleQuantities(templates), ...operations, ...added, filteredMetrics(templates)]), list);
}

export const dollarsOf = (lines: readonly CostLine[]): number =>
  lines.reduce((total, { dollars }) => total + dollars, 0);
