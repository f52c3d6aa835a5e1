// Own store: tests how one starts, ends and is reached.
import { globSync, mkdtempSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import type { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { remoteService, storeClient, type StoreClient } from './aws-call.ts';
import { startDynoxide, type Reach } from './dynoxide.ts';
import { permitsNamespaces } from './namespace.ts';

type Started = {
  readonly url: URL;
  readonly agent: Agent;
  readonly file: string;
  readonly client: StoreClient;
  readonly announced: string[];
};

async function start(reach: Reach | undefined, permits = permitsNamespaces): Promise<Started> {
  const folder = mkdtempSync(join(tmpdir(), 'dynoxide-'));
  const file = join(folder, 'store.sqlite');
  const announced: string[] = [];
  const options = { file, announce: (line: string) => void announced.push(line), ...(reach && { reach }) };
  const { url, agent, stop } = await startDynoxide(options, permits);
  onTestFinished(async () => {
    agent.destroy();
    await stop();
    rmSync(folder, { recursive: true });
  });
  return { url, agent, file, announced, client: storeClient(remoteService(url, agent)) };
}

/** The network namespaces of the processes that serve a file, and of this one. */
function namespacesOf(file: string): { readonly store: readonly string[]; readonly own: string } {
  const serving = globSync('/proc/[0-9]*/cmdline').filter((each) => {
    const [program = '', ...parameters] = readable(each).split('\0');
    return program.endsWith('/dynoxide') && parameters.includes(file);
  });
  const store = serving.map((each) => readlinkSync(each.replace('cmdline', 'ns/net')));
  return { store, own: readlinkSync('/proc/self/ns/net') };
}

const isPermitted = permitsNamespaces();
const listTables = 'DynamoDB_20120810.ListTables';

test.skipIf(!isPermitted)(
  'the store runs in a network namespace of its own, which only its agent reaches',
  async () => {
    const { client, file, url, announced } = await start(undefined);
    expect(await client(listTables, {})).toEqual({ TableNames: [] });
    const { store, own } = namespacesOf(file);
    expect(store).toHaveLength(1);
    expect(store).not.toContain(own);
    await expect(fetch(url)).rejects.toThrow('fetch failed');
    expect(announced).toEqual([]);
  },
);

test.skipIf(!isPermitted)('more requests at once than connections are all answered', async () => {
  const { client } = await start('namespace');
  const answers = await Promise.all(Array.from({ length: 100 }, () => client(listTables, {})));
  expect(answers).toHaveLength(100);
});

test.skipIf(!isPermitted)('connections that break are replaced', async () => {
  const { client, agent } = await start('namespace');
  for (let round = 0; round < 10; round += 1) {
    await client(listTables, {});
    for (const connection of Object.values(agent.freeSockets).flat()) connection?.destroy();
  }
  expect(await client(listTables, {})).toEqual({ TableNames: [] });
});

test('without namespaces it listens at a random address of loopback, and says so', async () => {
  const [one, other] = [await start(undefined, () => false), await start(undefined, () => false)];
  expect(await one.client(listTables, {})).toEqual({ TableNames: [] });
  expect(one.url.hostname).toMatch(/^127\./);
  expect(one.url.hostname).not.toBe(other.url.hostname);
  expect(one.announced).toEqual([expect.stringContaining('permits no network namespaces')]);
});

test('the store does not inherit settings', async () => {
  process.env['ADMIN_PASSWORD'] = 'Correct-Horse-Battery-9';
  onTestFinished(() => void delete process.env['ADMIN_PASSWORD']);
  const { file } = await start('loopback');
  const environments = globSync('/proc/[0-9]*/cmdline')
    .filter((each) => readable(each).includes(file))
    .map((each) => readable(each.replace('cmdline', 'environ')));
  expect(environments.length).toBeGreaterThan(0);
  expect(environments.join()).not.toContain('Correct-Horse-Battery-9');
});

function readable(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // The process has ended since.
    return '';
  }
}
