import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Account } from './accounts.ts';
import { run, startAmong, temporaryFolder, type Program } from './program.ts';
import { peerPort, sipServer } from './sip-server.ts';

export type Calls = {
  readonly accounts: readonly Account[];
  /** Which addresses it sends from, at the peers' port, and to. */
  readonly from: string;
  readonly to?: { readonly address: string; readonly port: number };
  /** Percent of the packets that it pretends to have lost, in both directions. */
  readonly lost?: number;
  /** Milliseconds for all of it. */
  readonly within?: number;
};

const callsPerSecond = 200;

/** The list of accounts as SIPp reads it: name, domain, and how it proves to be that. */
const listOf = (accounts: readonly Account[]): string =>
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

/** What went otherwise than the scenario says; there is no such file where nothing did. */
const errorsIn = (folder: string): string =>
  readFileSync(join(folder, 'errors'), { encoding: 'utf8', flag: 'a+' }).slice(0, 4_000);

/** Plays a scenario once for each account. @throws where one of them does not go as the scenario says */
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
