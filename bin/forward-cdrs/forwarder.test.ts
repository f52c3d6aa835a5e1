import { appendFileSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { Forwarder, type ForwarderSettings } from './forwarder.ts';

/** The forwarder against a server that answers as `POST /cdr/{id}` does. `test/system/billing` kills its process. */

type Answer = { readonly status: number; readonly body: unknown; readonly headers?: Readonly<Record<string, string>> };
type Got = { readonly batch: string; readonly query: string; readonly key: string | undefined; readonly text: string };

const got: Got[] = [];
/** Answers before all others, in their order. */
const answers: (Answer | 'hang up')[] = [];

const accepted = (text: string): Answer => ({
  status: 200,
  body: {
    results: text
      .split('\n')
      .filter((line) => line !== '')
      .map((line, index) =>
        line.startsWith('bad')
          ? { index, status: 'rejected', code: 'X', message: 'no CDR' }
          : { index, status: 'accepted' },
      ),
  },
});

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const text = await textOf(request);
  const { pathname, search } = new URL(request.url ?? '', 'http://localhost');
  got.push({ batch: pathname.slice('/cdr/'.length), query: search, key: request.headers.authorization, text });
  const next = answers.shift() ?? accepted(text);
  if (next === 'hang up') return void request.socket.destroy();
  response.writeHead(next.status, next.headers).end(JSON.stringify(next.body));
}

const server = createServer((request, response) => void answer(request, response)).listen(0, '127.0.0.1');
await once(server, 'listening');
const top = mkdtempSync(join(tmpdir(), 'trunkline-forwarder-'));
afterAll(() => {
  server.close();
  rmSync(top, { recursive: true });
});

let folder: string;
let printed: string[];
beforeEach(() => {
  folder = mkdtempSync(join(top, 'cdrs-'));
  printed = [];
  got.length = 0;
  answers.length = 0;
});

const newForwarder = (more: Partial<ForwarderSettings> = {}, signal = new AbortController().signal): Forwarder =>
  new Forwarder(
    {
      folder,
      files: '*',
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      key: 'key_1.secret',
      query: { format: 'asterisk', timezone: 'Europe/Berlin' },
      isDocument: false,
      state: join(folder, '.forwarded.json'),
      ...more,
    },
    (line) => printed.push(line),
    signal,
  );

const texts = (): string => got.map(({ text }) => text).join('');

test('each line is sent once, with the key and the parameters, also by a forwarder that begins again', async () => {
  writeFileSync(join(folder, 'Master.csv'), 'a\nb\n');
  expect(await newForwarder().forward()).toBe(true);
  appendFileSync(join(folder, 'Master.csv'), 'c\nd');
  expect(await newForwarder().forward()).toBe(true);
  expect(await newForwarder().forward()).toBe(false);
  expect(texts()).toBe('a\nb\nc\n');
  expect(got[0]).toMatchObject({
    batch: expect.stringMatching(/^forward-[0-9a-f]{24}$/) as unknown,
    query: '?format=asterisk&timezone=Europe%2FBerlin',
    key: 'Bearer key_1.secret',
  });
});

test('a file that is rotated by a new name or by being emptied is read to its end', async () => {
  const [current, former] = [join(folder, 'Master.csv'), join(folder, 'Master.csv.1')];
  writeFileSync(current, 'a\n');
  await newForwarder().forward();
  appendFileSync(current, 'b\n');
  renameSync(current, former);
  writeFileSync(current, 'c\n');
  await newForwarder().forward();
  // Emptied, and as long as before when it is looked at again.
  writeFileSync(current, 'd\n');
  await newForwarder().forward();
  expect(texts().split('\n').toSorted()).toEqual(['', 'a', 'b', 'c', 'd']);
});

test('what was not answered is sent again as the same batch', async () => {
  writeFileSync(join(folder, 'Master.csv'), 'a\n');
  answers.push(
    'hang up',
    { status: 503, body: {}, headers: { 'retry-after': '0' } },
    { status: 429, body: {}, headers: { 'retry-after': '0' } },
  );
  await newForwarder().forward();
  expect(got.map(({ text }) => text)).toEqual(['a\n', 'a\n', 'a\n', 'a\n']);
  expect(new Set(got.map(({ batch }) => batch)).size).toBe(1);
  expect(printed.at(-1)).toBe('Master.csv: 1 sent, 0 rejected');
});

test('a rejected record is named in a file of its own, and the others count as sent', async () => {
  writeFileSync(join(folder, 'Master.csv'), 'a\n\nbad 1\nb\n');
  await newForwarder().forward();
  const details = [{ path: 'records[0]', message: 'no CDR' }];
  answers.push({ status: 422, body: { error: { code: 'CDR_VALIDATION_FAILED', message: 'none', details } } });
  appendFileSync(join(folder, 'Master.csv'), 'bad 2\n');
  await newForwarder().forward();
  const rejected = readFileSync(join(folder, '.forwarded.json.rejected.jsonl'), 'utf8').trim().split('\n');
  expect(rejected.map((line) => JSON.parse(line) as unknown)).toEqual([
    { file: 'Master.csv', record: 'bad 1', message: 'no CDR' },
    { file: 'Master.csv', record: 'bad 2', message: 'no CDR' },
  ]);
});

test('a rejected record with two violations is noted once, with both', async () => {
  writeFileSync(join(folder, 'Master.csv'), 'bad 1\nbad 2\n');
  const details = ['records[0].start', 'records[0].end', 'records[1].end'].map((path) => {
    return { path, message: `no ${path.slice('records[0].'.length)}` };
  });
  answers.push({ status: 422, body: { error: { code: 'CDR_VALIDATION_FAILED', message: 'none', details } } });
  await newForwarder().forward();
  const rejected = readFileSync(join(folder, '.forwarded.json.rejected.jsonl'), 'utf8').trim().split('\n');
  expect(rejected.map((line) => JSON.parse(line) as unknown)).toEqual([
    { file: 'Master.csv', record: 'bad 1', message: 'no start; no end' },
    { file: 'Master.csv', record: 'bad 2', message: 'no end' },
  ]);
  expect(printed.at(-1)).toBe('Master.csv: 0 sent, 2 rejected');
});

test('a request that the platform rejects ends it, and nothing counts as sent', async () => {
  writeFileSync(join(folder, 'Master.csv'), 'a\n');
  const body = { error: { code: 'INVALID_TOKEN', message: 'no such key' } };
  answers.push({ status: 401, body });
  await expect(newForwarder().forward()).rejects.toThrow('INVALID_TOKEN, no such key');
  await newForwarder().forward();
  expect(texts()).toBe('a\na\n');
});

test('it ends while the platform does not answer', async () => {
  writeFileSync(join(folder, 'Master.csv'), 'a\n');
  const stopping = new AbortController();
  answers.push({ status: 503, body: {}, headers: { 'retry-after': '30' } });
  const forwarding = newForwarder({}, stopping.signal).forward();
  await eventually(() => printed.length > 0);
  stopping.abort();
  await expect(forwarding).rejects.toThrow();
});
