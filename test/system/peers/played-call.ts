import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../../support/eventually.ts';
import type { Account } from './accounts.ts';
import { start, temporaryFolder, type Program } from './program.ts';
import { peerPort, sipServer } from './sip-server.ts';
import { listOf } from './sipp.ts';

/** Calls whose sides are scenarios of SIPp, each played once to its end. */

/** Where a side is, and what it does: the text of a scenario, or the name of one that SIPp has built in. */
export type Side = {
  readonly from: string;
  /** Default: the port of peers. */
  readonly port?: number;
  readonly scenario: string | { readonly builtIn: string };
  /** Further arguments of SIPp. */
  readonly args?: readonly string[];
};

export type CallingSide = Side & {
  /** Undefined: it has no credentials. */
  readonly account?: Pick<Account, 'username' | 'password' | 'domain'>;
  /** What it sends to; default: the sidecar. */
  readonly to?: { readonly address: string; readonly port: number };
  /** What the next side waits for. */
  readonly whenStarted?: () => Promise<unknown>;
};

/** Milliseconds for a whole call, and for what its callees still do after its end, on a busy machine. */
const within = 120_000;

type Running = AsyncDisposable & { readonly program: Program; readonly messages: () => string };

function startSide({ from, port = peerPort, scenario, args = [] }: Side, caller?: CallingSide): Running {
  const folder = temporaryFolder();
  const file = (name: string): string => join(folder.path, name);
  const of = typeof scenario === 'string' ? ['-sf', 'scenario.xml'] : ['-sn', scenario.builtIn];
  if (typeof scenario === 'string') writeFileSync(file('scenario.xml'), scenario);
  const calling = caller === undefined ? [] : callingArguments(caller, file('accounts.csv'));
  const traces = ['-trace_err', '-error_file', 'errors', '-trace_msg', '-message_file', 'messages'];
  const place = ['-i', from, '-p', String(port), '-m', '1', '-nostdin', ...traces];
  const program = start('sipp', [...calling, ...of, ...place, ...args], { folder: folder.path });
  const read = (name: string): string => readFileSync(file(name), { encoding: 'utf8', flag: 'a+' });
  return {
    program,
    messages: () => `${read('errors')}\n${read('messages')}\n${program.printed().slice(-2_000)}`.slice(-14_000),
    [Symbol.asyncDispose]: async () => {
      await program.stop('SIGKILL');
      folder[Symbol.dispose]();
    },
  };
}

/** The arguments of a side that calls, with its account in a file. */
function callingArguments({ to = sipServer, account }: CallingSide, file: string): readonly string[] {
  const place = `${to.address}:${to.port}`;
  if (account === undefined) return [place];
  writeFileSync(file, listOf([account]));
  return [place, '-inf', file];
}

/** @throws with the messages of the side, if it deviates from its scenario */
async function expectSuccess({ program, messages }: Running, name: string): Promise<void> {
  const code = await program.ended(within).catch((error: unknown) => String(error));
  if (code !== 0) throw new Error(`${name} ends with ${code}:\n${messages()}`);
}

/** Plays a call. @throws if a side deviates from its scenario */
export const playCall = (caller: CallingSide, ...callees: readonly Side[]): Promise<void> =>
  playTogether(callees, [caller]);

/** Plays calls that belong together. @throws if a side deviates from its scenario */
export async function playTogether(callees: readonly Side[], callers: readonly CallingSide[]): Promise<void> {
  await using sides = new AsyncDisposableStack();
  const called = callees.map((callee) => sides.use(startSide(callee)));
  const calling: Running[] = [];
  const finish = async (): Promise<void> => {
    for (const caller of callers) {
      calling.push(sides.use(startSide(caller, caller)));
      await caller.whenStarted?.();
    }
    for (const [at, side] of calling.entries()) await expectSuccess(side, `caller ${at + 1}`);
    for (const [at, side] of called.entries()) await expectSuccess(side, `callee ${at + 1}`);
  };
  await finish().catch((error: unknown) => {
    const messages = [
      ...calling.map((side) => ['caller', side] as const),
      ...called.map((side) => ['callee', side] as const),
    ];
    throw new Error([error, ...messages.map(([what, side]) => `a ${what}:\n${side.messages()}`)].join('\n'));
  });
}

/** Waits until a program listens on a TCP port, without connecting to it. @param place address and port */
export async function waitForListener(place: string): Promise<void> {
  const port = Number(place.split(':')[1]).toString(16).toUpperCase().padStart(4, '0');
  // A line of this file: number, local address and port, remote ones, state 0A for "listening".
  const listening = new RegExp(`^ *\\d+: [0-9A-F]{8}:${port} [0-9A-F:]+ 0A `, 'm');
  await eventually(() => listening.test(readFileSync('/proc/net/tcp', 'utf8')));
}
