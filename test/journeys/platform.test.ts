import { createHash, randomBytes } from 'node:crypto';
import { Webhook as Verifier } from 'standardwebhooks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { verify } from '#bin/verify-event-log.ts';
import { eventually } from '../support/eventually.ts';
import { startReceiver, type Received, type Receiver } from '../support/webhook-receiver.fixture.ts';
import { newTenant, outcome, texts, uniqueName, type Body, type Tenant } from '../system/tenant.fixture.ts';
import { upload } from '../system/voicemail.fixture.ts';

/** Events, webhooks, the event log and files, from outside: a program follows what changes in an organization. */

let receiver: Receiver;
beforeAll(async () => {
  receiver = await startReceiver(({ path }) => (receiver.at(path).length === 1 ? { status: 500, body: 'no' } : {}));
});
afterAll(() => receiver.stop());

const verified = (secret: string, { body, headers }: Received): Body =>
  new Verifier(secret).verify(body, {
    'webhook-id': String(headers['webhook-id']),
    'webhook-timestamp': String(headers['webhook-timestamp']),
    'webhook-signature': String(headers['webhook-signature']),
  }) as Body;

const dataOf = ({ body }: { readonly body: unknown }): Body => (body as { data: Body }).data;

test('a change comes to its webhook signed, also after a failed delivery, and is sealed in the log', async () => {
  const tenant = await newTenant();
  const { ask, id } = tenant;
  const path = `/${id}`;
  const made = await ask('PUT', '/webhooks/new', { url: receiver.url(path), events: ['trunk.*'] });
  const { id: webhook = '', secret = '' } = texts(made);
  const trunk = texts(await ask('PUT', '/siptrunk/new', { name: 'Pbx', type: 'carrier', host: 'sip.example.com' }));
  const [first, second] = await eventually(() => {
    expect(receiver.at(path)).toHaveLength(2);
    return receiver.at(path);
  }, 30_000);
  const event = verified(secret, second!);
  expect(event).toEqual(verified(secret, first!));
  expect(event).toMatchObject({ type: 'trunk.created', org_id: id, entity: { type: 'trunk', id: trunk['id'] } });
  await eventually(async () => {
    const { deliveries } = dataOf(await ask('GET', `/webhooks/${webhook}`)) as { readonly deliveries: Body[] };
    expect(deliveries).toMatchObject([{ event_id: event['id'], status: 'delivered', attempt: 2 }]);
    const { events } = dataOf(await ask('GET', `/events/trunk/${trunk['id']}`));
    expect(events).toMatchObject([{ event_id: event['id'] }]);
  });
  const entries = await eventually(async () => {
    const { results } = dataOf(await ask('POST', `/eventlog/${id}`, { sort_order: 'asc' })) as { results: Body[] };
    expect(JSON.stringify(results)).not.toContain('"pending"');
    return results;
  });
  expect(entries.map((entry) => entry['event_type'])).toContain('trunk.created');
  expect(verify(entries.map((entry) => JSON.stringify(entry)).join('\n')).findings).toEqual([]);
});

/** The file once it is in a state. */
const inState = ({ ask }: Tenant, id: string, state: string): Promise<Body> =>
  eventually(async () => {
    const file = dataOf(await ask('GET', `/files/${id}`));
    expect(file['state']).toBe(state);
    return file;
  }, 20_000);

test('a file is uploaded by its link, checked, and downloaded; what is no such file is rejected', async () => {
  const tenant = await newTenant();
  const audio = Buffer.concat([Buffer.from('RIFF\0\0\0\0WAVEfmt ', 'latin1'), randomBytes(1_000)]);
  const put = async (bytes: Buffer) => {
    const file = { name: uniqueName('file'), kind: 'greeting', content_type: 'audio/wav', size: bytes.length };
    const made = await tenant.ask('PUT', '/files/new', file);
    expect(outcome(made)).toBe('201');
    await upload(made, bytes);
    return texts(made)['id'] ?? '';
  };
  const [good, bad] = [await put(audio), await put(Buffer.alloc(1_000))];
  const ready = (await inState(tenant, good, 'ready')) as Body & { readonly download: { readonly url: string } };
  expect(ready['sha256']).toBe(createHash('sha256').update(audio).digest('hex'));
  expect(Buffer.from(await (await fetch(ready.download.url)).arrayBuffer())).toEqual(audio);
  expect(await inState(tenant, bad, 'rejected')).toMatchObject({ reason: 'TYPE_MISMATCH' });
});
