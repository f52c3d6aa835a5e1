import { availableParallelism } from 'node:os';
import { generateSync } from 'otplib';
import * as z from 'zod';
import { adminPassword, startCloud, type OwnCloud } from '../system/cloud.ts';
import { eventually } from '../support/eventually.ts';
import type { Figure } from './benchmark.ts';
import { pinTree } from './process-tree.ts';

/**
 * Whether the time of a failed log-in tells which accounts there are (functions/accounts/auth/README.md, "Lock-out"),
 * and whether guesses delay a right one ("Under attack").
 */

const rounds = 60;
/** Failures of one name before it would be locked: five lock it. */
const triesPerName = 4;
const password = 'Velvet-Comet-Harbor-3';
const json = { accept: 'application/json' };

const Token = z.object({ data: z.object({ token: z.string() }) });
const Begun = z.object({ data: z.object({ secret: z.string() }) });
const Made = z.object({ data: z.object({ id: z.string() }) });

const logIn = ({ api }: OwnCloud, username: string, secret: string, code?: string) =>
  api('/auth/user', {
    ...{ method: 'POST', headers: json },
    json: { username, password: secret, ...(code === undefined ? {} : { totp_code: code }) },
  });

async function addUser({ api }: OwnCloud, token: string, username: string, more: object = {}): Promise<void> {
  const { body } = await api('/users', {
    method: 'PUT',
    headers: json,
    token,
    json: { username, password, must_change_password: false, roles: ['viewer'] },
  });
  const { id } = Made.parse(body).data;
  if (Object.keys(more).length > 0) await api(`/users/${id}`, { method: 'POST', headers: json, token, json: more });
}

/** Switches on the second factor of a user. */
async function enableFactor(cloud: OwnCloud, username: string): Promise<void> {
  const { token } = Token.parse((await logIn(cloud, username, password)).body).data;
  const begun = await cloud.api('/auth/twofactor/secret', { headers: json, token });
  const { secret } = Begun.parse(begun.body).data;
  const confirmed = await cloud.api('/auth/twofactor', {
    ...{ method: 'POST', headers: json, token },
    json: { totp_code: generateSync({ secret }) },
  });
  if (confirmed.status !== 200) throw new Error(`${username} has no second factor: ${confirmed.status}`);
}

const median = (times: readonly number[]): number =>
  times.toSorted((one, other) => one - other)[Math.floor(times.length / 2)] ?? Number.NaN;

type Kind = {
  readonly what: string;
  readonly username: (round: number) => string;
  readonly secret: string;
  readonly status: number;
  /** Code of the second factor. */
  readonly code?: string;
};

const named =
  (prefix: string) =>
  (round: number): string =>
    `${prefix}-${Math.floor(round / triesPerName)}`;
const kinds: readonly Kind[] = [
  { what: 'unknown user', username: named('unknown'), secret: 'wrong', status: 401 },
  { what: 'wrong password', username: named('known'), secret: 'wrong', status: 401 },
  { what: 'disabled user', username: named('disabled'), secret: 'wrong', status: 401 },
  { what: 'disabled user, right password', username: named('shut-out'), secret: password, status: 403 },
  { what: 'unknown user with a code', username: named('stranger'), secret: 'wrong', status: 401, code: '123456' },
  { what: 'user with a second factor', username: named('factor'), secret: 'wrong', status: 401, code: '123456' },
];

/** Milliseconds of each kind, taken in turn so that what else the machine does meets them all. */
async function timesOf(cloud: OwnCloud): Promise<Map<string, number[]>> {
  const times = new Map(kinds.map(({ what }) => [what, [] as number[]]));
  for (let round = 0; round < rounds; round += 1)
    for (const { what, username, secret, status, code } of kinds.toSorted(() => Math.random() - 0.5)) {
      const began = performance.now();
      const answer = await logIn(cloud, username(round), secret, code);
      times.get(what)?.push(performance.now() - began);
      if (answer.status !== status) throw new Error(`${what} answers ${answer.status} instead of ${status}`);
    }
  return times;
}

/** An address, as a proxy in front of the API names it. */
const from = (address: string) => ({ ...json, 'x-forwarded-for': address });
const guessersOf = (count: number) => Array.from({ length: count }, (_value, at) => `203.0.${at}.1`);
/** Guesses of an address at once. */
const lanes = 2;
const office = '198.51.100.7';
/** A name has 60 a minute where it is known. */
const logInsOf = { idle: 6, attacked: 10 } as const;

/** How long right log-ins take where the name is known, one after the other. @throws Error if one is rejected */
async function rightLogIns({ api }: OwnCloud, count: number): Promise<number[]> {
  const times: number[] = [];
  for (let at = 0; at < count; at += 1) {
    const began = performance.now();
    const right = { username: 'admin', password: adminPassword };
    const answer = await api('/auth/user', { method: 'POST', headers: from(office), json: right });
    if (answer.status !== 200) throw new Error(`a right log-in is answered ${answer.status}`);
    times.push(performance.now() - began);
  }
  return times;
}

/** Keeps the cloud on one core, and its clients on the others, of which a machine has none for a server. */
function keepApart({ pid }: OwnCloud): Disposable {
  const last = availableParallelism() - 1;
  if (last === 0) return { [Symbol.dispose]: () => undefined };
  pinTree(process.pid, last === 1 ? '1' : `1-${last}`);
  pinTree(pid, '0');
  return { [Symbol.dispose]: () => pinTree(process.pid, `0-${last}`) };
}

/** Whether guesses from some networks, each with its next two half a second later, delay a right log-in. */
async function measureAttack(addresses: number): Promise<Figure[]> {
  const cloud = await startCloud({
    ...{ PASSWORD_COST: '17', TRUSTED_PROXIES: '127.0.0.1' },
    ...{ RATE_LIMIT_LOGIN: '1000000', RATE_LIMIT_REJECTED: '1000000' },
  });
  using _apart = keepApart(cloud);
  const statuses: number[] = [];
  const guessing = new Map<string, Promise<unknown>>();
  const guess = async (lane: string, address: string): Promise<void> => {
    const wrong = { username: `guess-${statuses.length}`, password: 'wrong' };
    // A busy gateway may close a connection that the client is about to use.
    const request = cloud.api('/auth/user', { method: 'POST', headers: from(address), json: wrong });
    statuses.push(await request.then(({ status }) => status).catch(() => 0));
    guessing.delete(lane);
  };
  const guessAll = (): void => {
    for (const address of guessersOf(addresses))
      for (let at = 0; at < lanes; at += 1) {
        const lane = `${address} ${at}`;
        if (!guessing.has(lane)) guessing.set(lane, guess(lane, address));
      }
  };
  let timer: NodeJS.Timeout | undefined;
  try {
    await rightLogIns(cloud, 1);
    const idle = median(await rightLogIns(cloud, logInsOf.idle));
    timer = setInterval(guessAll, 500);
    // Until as many environments run as the attack takes.
    await eventually(() => statuses.length > 10 * addresses, 60_000);
    const attacked = await rightLogIns(cloud, logInsOf.attacked);
    clearInterval(timer);
    await Promise.all(guessing.values());
    const under = `under ${addresses} guessing addresses`;
    const countOf = (status: number): number => statuses.filter((each) => each === status).length;
    return [
      { what: 'right log-in, idle: median', measured: idle, unit: 'ms' },
      { what: `right log-in ${under}: median`, measured: median(attacked), unit: 'ms' },
      {
        what: `right log-in ${under}: median against idle`,
        measured: median(attacked) / idle,
        unit: '×',
        must: { atMost: 3 },
      },
      { what: `guesses ${under} of which a password was hashed`, measured: countOf(401), unit: 'guesses' },
      { what: `guesses ${under} that were rejected unhashed`, measured: countOf(503), unit: 'guesses' },
    ];
  } finally {
    clearInterval(timer);
    await cloud.stop();
  }
}

async function measureFailures(): Promise<Figure[]> {
  const cloud = await startCloud({ RATE_LIMIT_SCALE: '1000', PASSWORD_COST: '17' });
  try {
    const { token } = Token.parse((await logIn(cloud, 'admin', adminPassword)).body).data;
    for (let name = 0; name * triesPerName < rounds; name += 1) {
      await addUser(cloud, token, `known-${name}`);
      await addUser(cloud, token, `disabled-${name}`, { status: 'disabled' });
      await addUser(cloud, token, `shut-out-${name}`, { status: 'disabled' });
      await addUser(cloud, token, `factor-${name}`);
      await enableFactor(cloud, `factor-${name}`);
    }
    const medians = [...(await timesOf(cloud))].map(([what, times]) => ({ what, median: median(times) }));
    const all = medians.map((each) => each.median);
    return [
      ...medians.map((each) => ({ what: `failed log-in, ${each.what}: median`, measured: each.median, unit: 'ms' })),
      {
        what: 'failed log-ins: slowest median against the fastest',
        measured: Math.max(...all) / Math.min(...all),
        unit: '×',
        must: { atMost: 1.05 },
      },
    ];
  } finally {
    await cloud.stop();
  }
}

export default async function measure(): Promise<Figure[]> {
  return [...(await measureFailures()), ...(await measureAttack(20)), ...(await measureAttack(60))];
}
