import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Account } from './accounts.ts';
import { run, startAmong, temporaryFolder, type Program } from './program.ts';
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

const common = (from: string): string[] => [
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
const errorsIn = (folder: string): string =>
  readFileSync(join(folder, 'errors'), { encoding: 'utf8', flag: 'a+' }).slice(0, 4_000);

/** Runs a scenario once per account. @throws if one of them deviates from the scenario */
export async function callAll(
  scenario: string,
  { accounts, from, to = sipServer, lost = 0, within = 50_000 }: Calls,
): Promise<void> {
  using folder = temporaryFolder();
  writeFileSync(join(folder.path, 'scenario.xml'), scenario);
  writeFileSync(join(folder.path, 'accounts.csv'), listOf(accounts));
  const { code, printed } = await run(
    'sipp',
    [
      `${to.address}:${to.port}`,
      ...common(from),
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
    ],
    { folder: folder.path, within },
  );
  if (code !== 0) throw new Error(`SIPp ends with ${code}:\n${errorsIn(folder.path)}\n${printed.slice(-2_000)}`);
}

/** Answers calls by a scenario until it is stopped. */
export const answerCalls = (scenario: string, { from }: Pick<Calls, 'from'>): Program =>
  startAmong({ 'scenario.xml': scenario }, 'sipp', common(from));
