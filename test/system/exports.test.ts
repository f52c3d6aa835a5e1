import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { callerOf } from './cdr.fixture.ts';
import { connect, type Cloud } from './cloud.ts';

/** Exports over HTTP, from the request to the file at its link. */

let cloud: Cloud;
let api: Awaited<ReturnType<typeof callerOf>>;
const name = `calls-${Date.now()}`;
const range = () => ({ start: new Date(Date.now() - 86_400_000).toISOString(), end: new Date().toISOString() });
beforeAll(async () => {
  cloud = connect();
  api = await callerOf(cloud);
  const [start_time, end_time] = [
    new Date(Date.now() - 3_600_000).toISOString(),
    new Date(Date.now() - 3_000_000).toISOString(),
  ];
  const records = ['one', '=two', 'th"r,ee'].map((call_id) => ({
    call_id: `${call_id} ${name}`,
    caller: '+14155550100',
    callee: '+14155550199',
    start_time,
    end_time,
    disposition: 'BUSY',
  }));
  await api('POST', `/cdr/${name}`, { records });
  await eventually(
    async () =>
      (await api('GET', `/cdr?batch_id=${name}`)).batch['received'] === 3 &&
      (await api('GET', `/cdr?batch_id=${name}`)).batch['pending'] === 0,
    60_000,
  );
});

/** The job of a finished export. */
async function exported(json: object) {
  const answer = await api('POST', '/cdr/export', { ...range(), batch_id: name, ...json });
  const id = String(answer.data['job_id']);
  return eventually(async () => {
    const { data } = await api('GET', `/cdr/export/${id}`);
    return data['status'] === 'completed' ? data : Promise.reject(new Error(`the export is ${String(data['status'])}`));
  }, 60_000);
}

describe('an export', () => {
  test('is a file at a link that needs no credential and cannot be changed', async () => {
    const job = await exported({ columns: ['call_id', 'disposition', 'rating.status'] });
    const link = new URL(String(job['download_url']));
    const answer = await fetch(link);
    const body = Buffer.from(await answer.arrayBuffer());
    expect(answer.headers.get('content-disposition')).toBe(
      `attachment; filename="cdr-${String(job['job_id'])}.csv.gz"`,
    );
    expect([body.length, createHash('sha256').update(body).digest('hex')]).toEqual([job['size'], job['sha256']]);
    const lines = gunzipSync(body).toString().split('\r\n');
    expect([lines[0], ...lines.slice(1).toSorted()]).toEqual([
      'call_id,disposition,rating.status',
      '',
      `"th""r,ee ${name}",BUSY,free`,
      `'=two ${name},BUSY,free`,
      `one ${name},BUSY,free`,
    ]);
    for (const [part, value] of [
      ['X-Amz-Expires', '604800'],
      ['X-Amz-Signature', '0'.repeat(64)],
    ] as const) {
      const altered = new URL(link);
      altered.searchParams.set(part, value);
      expect((await fetch(altered)).status).toBe(403);
    }
    expect((await fetch(link, { method: 'DELETE' })).status).toBe(403);
    expect((await fetch(new URL(link.pathname, link))).ok).toBe(false);
  });

  test('without records is an empty file', async () => {
    const job = await exported({ call_id: `none ${name}`, format: 'jsonl', gzip: false });
    expect(job).toMatchObject({ rows: 0, size: 0 });
    expect(await (await fetch(String(job['download_url']))).text()).toBe('');
  });
});
