import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { eventually } from '../../support/eventually.ts';

/** A running program; the end of a `using` scope ends it. */
export type Program = AsyncDisposable & {
  /** Id of its first process; undefined if it did not start. */
  readonly pid: number | undefined;
  /** Its output so far, with errors. */
  readonly printed: () => string;
  /**
   * Its exit code; null if a signal ended it. Rejects with its output if it takes longer than `within` milliseconds.
   */
  readonly ended: (within: number) => Promise<number | null>;
  /** Ends it and its child processes. */
  readonly stop: (signal?: 'SIGTERM' | 'SIGKILL') => Promise<void>;
};

/** Debian's folder of servers, which is not on every user's path. */
const path = [process.env['PATH'], '/usr/sbin'].join(delimiter);

/** A temporary folder; the end of a `using` scope removes it. */
export function temporaryFolder(): Disposable & { readonly path: string } {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-peer-'));
  return { path: folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Kills the programs that run. */
const kills = new Set<() => void>();
const killWithTests = (): void => kills.forEach((kill) => kill());

/** Starts a program in its own process group; it ends with the test run. */
export function start(
  command: string,
  args: readonly string[],
  { folder }: { readonly folder?: string } = {},
): Program {
  const child = spawn(command, args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, PATH: path },
    ...(folder === undefined ? {} : { cwd: folder }),
  });
  const printed: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => printed.push(chunk));
  const failed: Error[] = [];
  child.on('error', (error) => failed.push(error));
  const text = (): string => Buffer.concat(printed).toString() + failed.join('\n');
  const hasEnded = (): boolean => failed.length > 0 || child.exitCode !== null || child.signalCode !== null;
  const sendSignal = (signal: 'SIGTERM' | 'SIGKILL'): void => {
    if (!hasEnded() && child.pid !== undefined) process.kill(-child.pid, signal);
  };
  const kill = (): void => sendSignal('SIGKILL');
  // One listener for all: Node.js warns of many.
  if (kills.size === 0) process.once('exit', killWithTests);
  kills.add(kill);
  child.once('close', () => {
    kills.delete(kill);
    if (kills.size === 0) process.removeListener('exit', killWithTests);
  });
  const stop = async (signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> => {
    const closed = hasEnded() ? undefined : once(child, 'close');
    sendSignal(signal);
    await closed;
  };
  return {
    pid: child.pid,
    printed: text,
    stop,
    [Symbol.asyncDispose]: () => stop('SIGKILL'),
    ended: async (within) => {
      await eventually(hasEnded, within).catch((cause: unknown) => {
        throw new Error(`${command} did not end within ${within} ms. It printed:\n${text()}`, { cause });
      });
      return child.exitCode;
    },
  };
}

/** Starts a program in a new folder with these files; the folder is removed with it. */
export function startAmong(files: Readonly<Record<string, string>>, command: string, args: readonly string[]): Program {
  const folder = temporaryFolder();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder.path, name), text);
  const program = start(command, args, { folder: folder.path });
  const stop: Program['stop'] = async (signal) => {
    await program.stop(signal);
    folder[Symbol.dispose]();
  };
  return { ...program, stop, [Symbol.asyncDispose]: () => stop('SIGKILL') };
}

/** Runs a program to its end, and returns its output. @param within milliseconds */
export async function run(
  command: string,
  args: readonly string[],
  { within = 30_000, ...more }: { readonly within?: number; readonly folder?: string } = {},
): Promise<{ readonly code: number | null; readonly printed: string }> {
  await using program = start(command, args, more);
  const code = await program.ended(within);
  return { code, printed: program.printed() };
}
