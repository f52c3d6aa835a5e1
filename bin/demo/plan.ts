import { hash } from 'node:crypto';

/** What the demo makes: the same for the same sizes, whatever was made before. Nothing here asks anyone. */

export type Sizes = { readonly users: number; readonly calls: number; readonly rates: number; readonly days: number };

/** What `--size` selects. */
export const sizesByName = {
  small: { users: 25, calls: 2_500, rates: 1_000, days: 30 },
  medium: { users: 200, calls: 20_000, rates: 20_000, days: 90 },
  large: { users: 200, calls: 50_000, rates: 20_000, days: 90 },
} as const satisfies Readonly<Record<string, Sizes>>;
export const fullSize: Sizes = sizesByName.large;

/** An integer from 0 (inclusive) to `below` (exclusive), the same for the same key. */
export const draw = (key: string, below: number): number =>
  Number.parseInt(hash('sha256', `trunkline demo ${key}`).slice(0, 12), 16) % below;

export function pick<Item>(key: string, from: readonly Item[]): Item {
  const item = from[draw(key, from.length)];
  if (item === undefined) throw new Error(`nothing to pick for ${key}`);
  return item;
}

export type Tenant = {
  readonly key: string;
  readonly name: string;
  readonly reseller: string;
  readonly country: string;
  readonly timezone: string;
  /** Begin of its numbers, which four digits follow. */
  readonly numbers: string;
};

export const resellers = [
  { key: 'northwind', name: 'Northwind Telecom (demo)', country: 'US', timezone: 'America/New_York' },
  { key: 'rheinvoice', name: 'Rheinvoice (demo)', country: 'DE', timezone: 'Europe/Berlin' },
] as const;

export const tenants: readonly Tenant[] = [
  ['acme', 'Acme Manufacturing (demo)', 'northwind', 'US', 'America/New_York', '+1212555'],
  ['bayview', 'Bayview Clinic (demo)', 'northwind', 'US', 'America/Los_Angeles', '+1415555'],
  ['cobalt', 'Cobalt Logistics (demo)', 'northwind', 'GB', 'Europe/London', '+44207946'],
  ['donau', 'Donau Versicherung (demo)', 'rheinvoice', 'AT', 'Europe/Vienna', '+4312345'],
  ['elbe', 'Elbe Handel (demo)', 'rheinvoice', 'DE', 'Europe/Berlin', '+49402345'],
].map(([key = '', name = '', reseller = '', country = '', timezone = '', numbers = '']) => ({
  ...{ key, name, reseller, country, timezone, numbers },
}));

const firstNames = ['Ada', 'Ben', 'Clara', 'David', 'Elif', 'Felix', 'Grace', 'Hugo', 'Ines', 'Jonas', 'Kira', 'Liam'];
const lastNames = ['Abbott', 'Becker', 'Costa', 'Dunn', 'Ekberg', 'Fischer', 'Garcia', 'Huber', 'Ito', 'Jansen'];

/** Roles of the first users of a tenant, by which people sign in; all others are agents. */
const signInRoles = ['admin', 'manager', 'billing', 'viewer', 'agent'] as const;

export type User = {
  readonly username: string;
  readonly first: string;
  readonly last: string;
  readonly role: string;
  readonly extension: string;
  /** Its own; null: it has none. */
  readonly number: string | null;
  readonly mac: string;
};

const hexadecimal = (key: string, length: number): string => hash('sha256', `trunkline demo ${key}`).slice(0, length);

/** The users of a tenant: as many as its share of all. */
export function usersOf({ key, numbers }: Tenant, { users }: Sizes): readonly User[] {
  const at = tenants.findIndex((tenant) => tenant.key === key);
  const count = Math.floor(users / tenants.length) + (at < users % tenants.length ? 1 : 0);
  return Array.from({ length: count }, (_, index): User => {
    const of = `${key} user ${index}`;
    const [first, last] = [pick(`${of} first`, firstNames), pick(`${of} last`, lastNames)];
    const extension = String(201 + index);
    return {
      username: `${first}.${last}.${extension}.${key}`.toLowerCase(),
      ...{ first, last, extension },
      role: signInRoles[index] ?? 'agent',
      number: index % 2 === 0 ? `${numbers}0${extension}` : null,
      mac: `02:${(hexadecimal(of, 10).match(/../g) ?? []).join(':')}`,
    };
  });
}

/** Codes of countries with the share of calls to them, and a price per minute in micro-units. */
const countries = [
  ['1', 40, 9_000],
  ['49', 20, 12_000],
  ['44', 12, 11_000],
  ['43', 8, 14_000],
  ['33', 6, 13_000],
  ['39', 4, 15_000],
  ['34', 4, 14_000],
  ['46', 3, 16_000],
  ['81', 2, 45_000],
  ['61', 1, 30_000],
] as const;

const price = (micros: number): string => (micros / 1_000_000).toFixed(6);

/**
 * Rates of the operator: each country, then more and more digits of it, none of which begins with 0 as no area code
 * does.
 * @param share of the price, in percent
 */
export function rates(count: number, share = 100): readonly object[] {
  const made: object[] = [];
  for (let area = 0; made.length < count; area += 1)
    for (const [code, , micros] of countries.slice(0, count - made.length)) {
      const prefix = area === 0 ? code : `${code}${area}`;
      const own = micros + (area === 0 ? 0 : draw(`rate ${prefix}`, micros));
      const price_per_minute = price(Math.ceil((own * share) / 100));
      made.push({ prefix, price_per_minute, initial_seconds: 60, increment_seconds: 6 });
    }
  return made;
}

const dispositions = [
  'ANSWERED',
  'ANSWERED',
  'ANSWERED',
  'ANSWERED',
  'NO ANSWER',
  'BUSY',
  'CANCELLED',
  'FAILED',
] as const;

export function partyOutside(key: string): string {
  let share = draw(`${key} country`, 100);
  const [code] = countries.find(([, of]) => (share -= of) < 0) ?? countries[0];
  return `+${code}${String(2_000_000_000 + draw(`${key} number`, 7_999_999_999)).slice(0, 11 - code.length)}`;
}

const minute = 60_000;
const day = 24 * 60 * minute;

/** When a call begins: mostly by day, and seldom at weekends. */
function startOf(key: string, newest: number, days: number): Date {
  for (let attempt = 0; ; attempt += 1) {
    const at = new Date(newest - Math.floor((draw(`${key} at ${attempt}`, 1e9) / 1e9) * days * day));
    const isBusy = at.getUTCHours() >= 7 && at.getUTCHours() < 19 && at.getUTCDay() % 6 !== 0;
    if (isBusy || draw(`${key} rest ${attempt}`, 8) === 0) return at;
  }
}

/** An instant in whole seconds. */
export const second = (at: number): string => new Date(at).toISOString().replace(/\.\d+Z/, 'Z');

export type MadeUser = User & { readonly id: string };

/** One call record of a tenant. @param newest Unix milliseconds before which all calls end */
export function callOf(tenant: Tenant, index: number, { users, newest, days }: CallFrame): object {
  const key = `${tenant.key} call ${index}`;
  const user = pick(`${key} user`, users);
  const other = pick(`${key} other`, users);
  const direction = pick(`${key} direction`, ['outbound', 'outbound', 'inbound', 'inbound', 'internal'] as const);
  const own = direction === 'internal' ? user.extension : (user.number ?? `${tenant.numbers}0200`);
  const outside = direction === 'internal' ? other.extension : partyOutside(key);
  const disposition = pick(`${key} disposition`, dispositions);
  const talk = disposition === 'ANSWERED' ? 5 + draw(`${key} talk`, 900) : 0;
  const start = Math.floor(startOf(key, newest - 20 * minute, days).getTime() / 1_000) * 1_000;
  const ring = 1_000 * (2 + draw(`${key} ring`, 30));
  return {
    call_id: `demo-${tenant.key}-${index}`,
    direction,
    ...(direction === 'inbound' ? { caller: outside, callee: own } : { caller: own, callee: outside }),
    start_time: second(start),
    ...(talk > 0 ? { answer_time: second(start + ring) } : {}),
    end_time: second(start + ring + talk * 1_000),
    disposition,
    user_id: user.id,
    ...(talk > 0
      ? { quality: { mos: (350 + draw(`${key} mos`, 100)) / 100, jitter_ms: draw(`${key} jitter`, 30), codec: 'PCMU' } }
      : {}),
  };
}

type CallFrame = { readonly users: readonly MadeUser[]; readonly newest: number; readonly days: number };

/** How many of the calls are a tenant's. */
export const callsOf = ({ key }: Tenant, { calls }: Sizes): number => {
  const at = tenants.findIndex((tenant) => tenant.key === key);
  return Math.floor(calls / tenants.length) + (at < calls % tenants.length ? 1 : 0);
};
