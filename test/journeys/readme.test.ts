import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '#infra/local/machine/free-port.ts';
import { missing, needs } from '../support/tools.ts';
import { callIs, dial, expectAudio, expectSound, phonePages, pressIn } from '../system/phone-pages.fixture.ts';

/** Commands of README.md that a test cannot run, and why. Each must be there, so that the list stays true. */
const notRun = {
  'read -rsp': 'a person types the password',
  'npm ci': 'the packages of the running tests are the ones that it would install',
  'npm run new-stage': 'a person answers its questions',
  'npm run deploy': 'needs an AWS account',
};

/** Milliseconds for a first start, bundling included, and all commands on a busy machine. */
const timeout = 180_000;

const readme = readFileSync('README.md', 'utf8');

const blocksIn = (text: string): readonly string[] =>
  [...text.matchAll(/^ *```sh\n(.*?)^ *```$/gms)].map(([, block = '']) => block);
const blocks = blocksIn(readme);

/** The first log-in of the stage `prod`. The AWS CLI answers with the secret that a deployment has made. */
const firstLogIn = `(
cd "$DATA_DIR"
cp outputs.json outputs.prod.json
aws() { [ "$1 $2" = 'secretsmanager get-secret-value' ] && printf '{"password":"%s"}' "$ADMIN_PASSWORD"; }
${blocksIn(readFileSync('infra/README.md', 'utf8')).find((block) => block.includes('FIRST=')) ?? 'exit 1'}
)`;

/** The part of README.md whose heading is followed by `heading`. */
const upTo = (heading: string): string => readme.slice(0, readme.indexOf(`\n## ${heading}`));

/** The people of "The first call", with the password that the commands print. */
function peopleIn(output: string) {
  const [, password = ''] = /sign in as ann or bob with (\S+)/.exec(output) ?? [];
  const ann = { id: '', username: 'ann', name: 'Ann', extension: '201', password };
  return { ann, bob: { id: '', username: 'bob', name: 'Bob', extension: '202', password } };
}

/** Commands that need a program of their own, in the part below this heading. */
const spoken = new Set(blocksIn(upTo('Deploy it').slice(upTo('A tour with curl').length)));
const canSpeak = missing(['espeak-ng']).length === 0;

const isRun = (line: string): boolean => !Object.keys(notRun).some((command) => line.startsWith(command));

type Ran = { readonly code: unknown; readonly output: string };

/** What the tests of this file leave behind, and end with. */
const open = new AsyncDisposableStack();
afterAll(() => open.disposeAsync());

/** Runs a script in a shell of its own that stops at the first failure. What it started goes on. */
async function runScript(script: string, env: NodeJS.ProcessEnv): Promise<Ran> {
  const child = spawn('bash', ['-e', '-o', 'pipefail', '-c', script], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  const closed = once(child, 'close');
  open.defer(async () => {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
    await closed;
  });
  const [code] = (await once(child, 'exit')) as unknown[];
  return { code, output };
}

/** Runs commands as someone who has just cloned the repository, at ports of their own. */
async function runBlocks(commands: readonly string[], port: number, dataDir: string): Promise<Ran> {
  const script = commands.map((block) => block.split('\n').filter(isRun).join('\n')).join('\n');
  // Settings that README.md documents; what it sets itself must come from there.
  return runScript(script, {
    PORT: String(port),
    SIP_PORT: String(await freePort()),
    DATA_DIR: dataDir,
    PASSWORD_COST: '12',
    // A person reads it from the first start, and chooses another one.
    ADMIN_PASSWORD: randomBytes(18).toString('base64url'),
    API: undefined,
  });
}

describe('README.md', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'trunkline-readme-'));
  let port = 0;
  let ran: Ran;
  beforeAll(async () => {
    open.defer(() => rmSync(dataDir, { recursive: true, force: true }));
    port = await freePort();
    ran = await runBlocks([...blocks.filter((block) => canSpeak || !spoken.has(block)), firstLogIn], port, dataDir);
  }, timeout);

  test('its commands, and the first log-in of a deployment, run as printed and answer no error', () => {
    const { code, output } = ran;
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(output).not.toMatch(/"errors?":|<errors?>|<\?xml/);
    expect(output).toContain('Trunkline is ready');
    expect(output).toMatch(/"gateway":"pstn"/);
    expect(output).toMatch(/"call_id":"call-1"/);
    // What the tour costs leaves credit for the calls of its phones.
    const [, credit] = /"availableCredit":([-\d.]+)/.exec(output.slice(output.indexOf('"call_id":"call-1"'))) ?? [];
    expect(Number(credit)).toBeGreaterThan(50);
    expect(existsSync(join(dataDir, 'outputs.json'))).toBe(true);
  });

  // In the cloud that the commands have started, as by a person who reads to the end first.
  describe('in a browser', () => {
    needs('chromium');
    const { inConsole, signedIn } = phonePages(() => ({ outputs: { ApiUrl: `http://localhost:${port}` } }));

    test('its first call is one between two tabs', async () => {
      const { ann, bob } = peopleIn(ran.output);
      const [one, two] = [await inConsole(ann), await inConsole(bob)];
      await dial(one.page, '202');
      await pressIn(two.page, ann, 'Answer');
      await callIs(one.page, bob, 'talking');
      await expectAudio(one.page, two.page);
      expect([...one.complaints, ...two.complaints]).toEqual([]);
    });

    describe('with speech and media', () => {
      needs('rtpengine', 'espeak-ng');

      test('its menu is heard in a tab, and its key rings another one', async () => {
        const { ann, bob } = peopleIn(ran.output);
        const [one, two] = [await signedIn(ann), await signedIn(bob)];
        await dial(one.page, '+12025550100');
        await callIs(one.page, { name: '12025550100', extension: '' }, 'talking');
        await expectSound(one.page);
        await one.page.getByRole('button', { name: '1', exact: true }).click();
        await pressIn(two.page, ann, 'Answer');
        await expectAudio(one.page, two.page);
        expect([...one.complaints, ...two.complaints]).toEqual([]);
      });
    });
  });
});

/** Node.js of the machine, which npm of the machine runs on; that of the project is in `node_modules`. */
const machine = '/usr/bin';

/** Runs a script of the project as a shell does that finds the programs of the machine only. */
const npmRun = (...args: readonly string[]) =>
  new Promise<{ readonly code: unknown; readonly stdout: string; readonly stderr: string }>((resolve) => {
    const env = { PATH: `${machine}:/bin`, HOME: tmpdir(), AWS_REGION: 'us-east-1', AWS_EC2_METADATA_DISABLED: 'true' };
    execFile('npm', ['run', '--silent', ...args], { env }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    );
  });

test.skipIf(!existsSync(join(machine, 'npm')))(
  'with the Node.js of the machine, a tool explains itself, and names what it needs in one line',
  { timeout },
  async () => {
    const [help, wrong, strange] = await Promise.all([
      npmRun('rotate-signing-key', '--', '--help'),
      npmRun('rotate-signing-key', '--', 'Prod!'),
      npmRun('rotate-signing-key', '--', 'prod'),
    ]);
    expect(help).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('-- <stage>') });
    expect(wrong).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('must be the name of a stage'),
    });
    expect(strange).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/^.*AWS_PROFILE.*\n$/) });
  },
);

test('all code of README.md is commands, and what is not run of it is still there', () => {
  expect(readme.match(/^```/gm)).toHaveLength(2 * blocks.length);
  for (const command of Object.keys(notRun)) expect(readme).toContain(`\n${command}`);
});

test('README.md has at most 150 lines', () => {
  expect(readme.split('\n').length - 1).toBeLessThanOrEqual(150);
});

test('README.md fixes no password', () => {
  expect(readme).not.toMatch(/PASSWORD=['"]?[A-Za-z0-9]/);
});
