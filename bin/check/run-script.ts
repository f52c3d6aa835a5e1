import { spawn } from 'node:child_process';
import { join } from 'node:path';

/** What a script has printed. */
export type Printed = { readonly exitCode: number; readonly stdout: string; readonly stderr: string };

/** V8's cache of compiled code for everything that runs here: the local cloud alone starts some 25 times. */
const compiled = join(process.cwd(), 'node_modules/.cache/trunkline/compiled');

/** Runs a script of package.json and keeps what it prints. */
export function runScript(
  script: string,
  options: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Printed> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--run', script, '--', ...options], {
      env: { NODE_COMPILE_CACHE: compiled, ...process.env, ...environment, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.on('close', (code) => {
      resolve({
        exitCode: code ?? 1,
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
      });
    });
  });
}
