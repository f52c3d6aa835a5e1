import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { start, temporaryFolder } from '../system/peers/program.ts';
import { registration } from '../system/peers/scenarios.ts';
import { timedCallee, timedCaller, type Talk } from './sipp-scenarios.ts';

/** Calls of SIPp from phones at one address to phones at another one, through a server. */

export type Server = { readonly address: string; readonly port: number };

/** The account of a phone. */
export type Phone = { readonly username: string; readonly password: string; readonly domain: string };

/** Addresses of the phones that call, and of those that are called, and their port. */
export const callerAddress = '127.0.6.1';
export const calleeAddress = '127.0.6.2';
export const phonePort = 15_060;

export type CallLoad = {
  readonly calls: number;
  /** Calls in progress at most. The next one begins when one is over. */
  readonly concurrent: number;
  /** Calls a second at most. */
  readonly rate?: number;
  /** Default: the caller hangs up at once. */
  readonly talk?: Talk;
};

/** What came of calls. */
export type CallOutcome = {
  readonly successful: number;
  readonly failed: number;
  /** Calls that reached their callee in a second, from the first one to the last one. */
  readonly perSecond: number;
  /** Milliseconds from the INVITE of the caller to that at the callee. */
  readonly setUps: readonly number[];
};

/** A list that SIPp reads again and again. */
const listOf = (lines: readonly string[]): string => ['SEQUENTIAL', ...lines, ''].join('\n');

const fieldsOf = ({ username, password, domain }: Phone): string =>
  `${username};${domain};[authentication username=${username} password=${password}]`;

const common = (from: string): string[] => [
  '-sf',
  'scenario.xml',
  '-i',
  from,
  '-p',
  String(phonePort),
  '-nostdin',
  '-nd',
  '-skip_rlimit',
];

/** Runs SIPp as a client to its end. @returns what it printed */
async function runClient(
  server: Server,
  { scenario, list, from, load }: { scenario: string; list: readonly string[]; from: string; load: CallLoad },
): Promise<string> {
  using folder = temporaryFolder();
  writeFileSync(join(folder.path, 'scenario.xml'), scenario);
  writeFileSync(join(folder.path, 'list.csv'), listOf(list));
  await using program = start(
    'sipp',
    [
      `${server.address}:${server.port}`,
      ...common(from),
      ...['-inf', 'list.csv', '-m', String(load.calls), '-l', String(load.concurrent)],
      ...['-r', String(load.rate ?? 5_000), '-recv_timeout', '40000'],
    ],
    { folder: folder.path },
  );
  await program.ended(900_000);
  return program.printed();
}

/** Phones that stay registered while tens of thousands of calls are made. */
const longRegistration = registration.replaceAll(/^(\s*Expires:) \d+/gm, '$1 3600');

/** @throws if a phone cannot register */
export async function registerPhones(server: Server, phones: readonly Phone[], from: string): Promise<void> {
  const load = { calls: phones.length, concurrent: 10, rate: 100 };
  const printed = await runClient(server, { scenario: longRegistration, list: phones.map(fieldsOf), from, load });
  if (countOf('Successful', printed) !== phones.length) throw new Error(`not all phones are registered:\n${printed}`);
}

/** The last total of a count in what SIPp prints. */
function countOf(what: 'Successful' | 'Failed', printed: string): number {
  const [, total] = [...printed.matchAll(new RegExp(`${what} call +\\| +\\d+ +\\| +(\\d+)`, 'g'))].at(-1) ?? [];
  return Number(total ?? 0);
}

/** When a call was sent and when it came, in Unix seconds. */
type Timed = readonly [number, number];

/** Phones that answer all calls; the end of a `using` scope ends them. */
export type Callees = AsyncDisposable & {
  /** The calls that have come so far. */
  readonly calls: () => readonly Timed[];
};

const logged = /^CALL ([0-9.]+) .*\s([0-9.]+)$/gm;

/** Starts the phones that answer. INVITEs that come too early are repeated. */
export function startCallees(): Callees {
  const folder = temporaryFolder();
  writeFileSync(join(folder.path, 'scenario.xml'), timedCallee);
  const program = start('sipp', [...common(calleeAddress), '-trace_logs', '-log_file', 'calls.log'], {
    folder: folder.path,
  });
  return {
    calls: () =>
      [...readFileSync(join(folder.path, 'calls.log'), { encoding: 'utf8', flag: 'a+' }).matchAll(logged)].map(
        ([, sent, came]): Timed => [Number(sent), Number(came)],
      ),
    [Symbol.asyncDispose]: async () => {
      await program.stop('SIGKILL');
      folder[Symbol.dispose]();
    },
  };
}

/** Calls from phones to the phones that answer, each to its own one. */
export async function load(
  server: Server,
  callees: Callees,
  phones: readonly (Phone & { readonly calls: string })[],
  wanted: CallLoad,
): Promise<CallOutcome> {
  const before = callees.calls().length;
  const printed = await runClient(server, {
    scenario: timedCaller(wanted.talk ?? { pause: 0 }),
    list: phones.map((phone) => `${fieldsOf(phone)};${phone.calls}`),
    from: callerAddress,
    load: wanted,
  });
  const calls = callees.calls().slice(before);
  const came = calls.map(([, at]) => at).toSorted((one, other) => one - other);
  return {
    // A call that gets 503 ends well for SIPp, and reaches no callee.
    successful: Math.min(countOf('Successful', printed), calls.length),
    failed: countOf('Failed', printed),
    perSecond: (came.length - 1) / ((came.at(-1) ?? 0) - (came[0] ?? 0)),
    setUps: calls.map(([sent, at]) => (at - sent) * 1_000),
  };
}
