import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Account } from './accounts.ts';
import { start, startAmong, temporaryFolder, type Program } from './program.ts';
import { peerPort, sipServer } from './sip-server.ts';

export type Calls = {
  readonly accounts: readonly Account[];
  /** Source address, at the port of peers, and destination. */
  readonly from: string;
  readonly to?: { readonly address: string; readonly port: number };
  /** Percent of packets that it drops, in both directions. */
  readonly lost?: number;
  /** Milliseconds for the whole run. */
  readonly within?: number;
  /** Whether it sends the media of all calls back to where they come from. */
  readonly echoes?: boolean;
  /** The namespace of the kernel in which it runs; default: that of the tests. */
  readonly namespace?: string;
};

const callsPerSecond = 200;

/** The list of accounts in SIPp's form: name, domain and credentials. */
export const listOf = (accounts: readonly Pick<Account, 'username' | 'password' | 'domain'>[]): string =>
  [
    'SEQUENTIAL',
    ...accounts.map(
      ({ username, password, domain }) =>
        `${username};${domain};[authentication username=${username} password=${password}]`,
    ),
    '',
  ].join('\n');

/** Arguments of SIPp that send all media back to where they come from. @param address of its socket for media */
export const echoing = (address: string): readonly string[] => ['-rtp_echo', '-mi', address];

const common = ({ from, echoes = false }: Pick<Calls, 'from' | 'echoes'>): string[] => [
  ...(echoes ? echoing(from) : []),
  '-sf',
  'scenario.xml',
  '-i',
  from,
  '-p',
  String(peerPort),
  '-nostdin',
  '-trace_err',
  '-error_file',
  'errors',
  '-nd',
];

/** Deviations from the scenario; SIPp writes the file only if there are any. */
const errorsIn = (folder: string): string => textOf(folder, 'errors').slice(0, 4_000);

const textOf = (folder: string, file: string): string =>
  readFileSync(join(folder, file), { encoding: 'utf8', flag: 'a+' });

/** Calls that are in progress. */
export type CallsInProgress = AsyncDisposable & {
  /** What the scenarios have noted (`note`), once for each time. */
  readonly noted: () => readonly string[];
  /** @throws if a call deviates from the scenario */
  readonly ended: () => Promise<void>;
};

/** Begins to run a scenario once per account. */
export function beginCalls(
  scenario: string,
  { accounts, from, to = sipServer, lost = 0, within = 50_000, echoes = false }: Calls,
): CallsInProgress {
  const folder = temporaryFolder();
  writeFileSync(join(folder.path, 'scenario.xml'), scenario);
  writeFileSync(join(folder.path, 'accounts.csv'), listOf(accounts));
  const program = start(
    'sipp',
    [
      `${to.address}:${to.port}`,
      ...common({ from, echoes }),
      '-inf',
      'accounts.csv',
      '-m',
      String(accounts.length),
      '-r',
      String(callsPerSecond),
      '-l',
      String(accounts.length),
      '-lost',
      String(lost),
      '-trace_logs',
      '-log_file',
      'notes',
    ],
    { folder: folder.path },
  );
  return {
    noted: () => textOf(folder.path, 'notes').split('\n').filter(Boolean),
    ended: async () => {
      // After a message that the scenario does not expect it waits for the next one.
      const code = await program.ended(within).catch(() => undefined);
      if (code === 0) return;
      const result = code === undefined ? 'SIPp does not end' : `SIPp ends with ${code}`;
      throw new Error(`${result}:\n${errorsIn(folder.path)}\n${program.printed().slice(-2_000)}`);
    },
    [Symbol.asyncDispose]: async () => {
      await program.stop('SIGKILL');
      folder[Symbol.dispose]();
    },
  };
}

/** Runs a scenario once per account. @throws if one of them deviates from the scenario */
export async function callAll(scenario: string, calls: Calls): Promise<void> {
  await using running = beginCalls(scenario, calls);
  await running.ended();
}

/** Answers calls by a scenario until it is stopped. */
export function answerCalls(
  scenario: string,
  { from, echoes = false, namespace }: Pick<Calls, 'from' | 'echoes' | 'namespace'>,
): Program {
  const files = { 'scenario.xml': scenario };
  const args = common({ from, echoes });
  return namespace === undefined
    ? startAmong(files, 'sipp', args)
    : startAmong(files, 'ip', ['netns', 'exec', namespace, 'sipp', ...args]);
}
