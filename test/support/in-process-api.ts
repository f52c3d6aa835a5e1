import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { bucketVariable, buckets, type Bucket } from '#contract/buckets.ts';
import { routesOf } from '#contract/routes.ts';
import { reportQueueOf, uploadQueueOf } from '#contract/shared-queues.ts';
import { commit } from '#dynamodb/commit.ts';
import { sidecarTaskRow, sidecarTasks, type SidecarTaskItem } from '#dynamodb/rows/lease.ts';
import { overwrite } from '#dynamodb/write.ts';
import { contracts } from '#functions/contracts.ts';
import type { Answer as GatewayAnswer } from '#infra/local/gateway/gateway-event.ts';
import { routeTable } from '#infra/local/gateway/gateway-routes.ts';
import { answerOf, limits, noPages, type ServedApi } from '#infra/local/gateway/gateway.ts';
import type { Identities } from '#mail/identities.ts';
import type { Mailer } from '#mail/mailer.ts';
import type { Links } from '#objects/links.ts';
import { OutboundFailed, anywhere, newOutbound, type Outbound } from '#outbound/outbound.ts';
import type { ConsumerDependencies } from '#runtime/consume.ts';
import { invokeThrough } from '#runtime/invoke.ts';
import { emailTag, organizationTag } from '#schema/email.ts';
import { lockModesOf, lockModesVariable } from '#schema/object-storage.ts';
import { day } from '#schema/time.ts';
import { tokenSigner } from '#signing/signing-keys.ts';
import { documentOf, documented, logIn, readAnswer, type Extra, type Send } from '../system/cloud.ts';
import { signerAt } from '../system/openid-attacker.fixture.ts';
import { peopleOver } from '../system/people.ts';
import type { Api, RawReply, RawRequest } from './api.ts';
import { adminPassword, manualClock, testDependencies } from './dependencies.fixture.ts';
import { inProcessFunctions } from './in-process-functions.ts';
import { deliveringQueues, type DeliveringQueues } from './in-process-queues.ts';
import { memoryObjects, type MemoryObjects } from './objects.fixture.ts';
import { memorySecrets } from './secrets.fixture.ts';
import { sidecarWhere } from './sidecar.fixture.ts';
import { startStore } from './store.fixture.ts';

/**
 * The whole API in this process: the gateway's routing and events, every function, one store. Queues and the stream
 * deliver to the consumers; objects, e-mails and secrets are in memory; no request leaves the process but to the store.
 */

/** The address that the platform sees. */
const clientAddress = '192.0.2.7';
const provider = 'https://examples.my.salesforce.com';

/** The gateway serves plain HTTP, as that of the local cloud. */
const publicUrl = 'http://api.trunkline.test';

const environment = {
  PUBLIC_URL: publicUrl,
  RATE_LIMIT_SCALE: '1000',
  ADMIN_PASSWORD: adminPassword,
  PASSWORD_COST: '4',
  [lockModesVariable]: lockModesOf(true),
  ...Object.fromEntries(buckets.map((bucket) => [bucketVariable(bucket), bucket])),
};

/** The connection of all requests, which is never opened. */
const connection = Object.defineProperty(new Socket(), 'remoteAddress', { value: clientAddress });

/** A request as Node's server passes it to the gateway. */
function incoming({ method, path, headers, body }: RawRequest): IncomingMessage {
  const bytes = Buffer.from(body ?? '');
  const lines: readonly (readonly [string, string])[] = [
    ['host', new URL(publicUrl).host],
    ...headers,
    ...(body === undefined ? [] : [['content-length', String(bytes.length)] as const]),
  ];
  const request = new IncomingMessage(connection);
  Object.assign(request, { method, url: path, httpVersion: '1.1', complete: true });
  request.rawHeaders = lines.flat();
  request.headers = Object.fromEntries(lines.map(([name, value]) => [name.toLowerCase(), value]));
  if (bytes.length > 0) request.push(bytes);
  request.push(null);
  return request;
}

/** An answer as `fetch` reads it. */
const sentOf = ({ status, headers, body }: GatewayAnswer): Awaited<ReturnType<Send>> =>
  readAnswer({ status, headers: new Headers(headers) }, body.toString());

/** The request that `fetch` makes of a call. */
function requestOf(path: string, { method = 'GET', token, json, headers, body }: Extra): RawRequest {
  const { pathname, search } = new URL(path, publicUrl);
  const named = new Headers(headers);
  if (token !== undefined) named.set('authorization', `Bearer ${token}`);
  if (json !== undefined) named.set('content-type', 'application/json');
  for (const [name, value] of [
    ['accept', '*/*'],
    ['user-agent', 'test'],
  ] as const)
    if (!named.has(name)) named.set(name, value);
  if (body !== undefined && body !== null && typeof body !== 'string')
    throw new TypeError('calls in this process have a text as body');
  const text = json === undefined ? (body ?? undefined) : JSON.stringify(json);
  return { method, path: pathname + search, headers: [...named], body: text };
}

/** Links to objects in memory, which uploads must follow. */
const objectUrl = ({ bucket, key }: { readonly bucket: Bucket; readonly key: string }): string =>
  `https://objects.test/${bucket}/${key}`;
const links: Links = {
  to: async (object, now) => ({ url: objectUrl(object), expires_at: now.toISOString() }),
  downloadOf: async (object, now) => ({ url: objectUrl(object), expires_at: now.toISOString() }),
  uploadTo: async (object, now) => ({
    method: 'PUT',
    url: objectUrl(object),
    expires_at: now.toISOString(),
    headers: { 'Content-Type': object.type, 'Content-Length': String(object.size), 'If-None-Match': '*' },
  }),
};

/** Uploads as S3 takes them, and notifies the consumer of the bucket. */
const uploadsTo =
  (objects: MemoryObjects, queues: DeliveringQueues): Api['upload'] =>
  async ({ url }, body) => {
    const [bucket = '', ...rest] = new URL(url).pathname.slice(1).split('/');
    const named = buckets.find((each) => each === bucket);
    if (named === undefined) return 403;
    const key = rest.join('/');
    if (!(await objects.put({ bucket: named, key }, body, { onlyNew: true }))) return 412;
    const queue = uploadQueueOf(contracts, named);
    const created = { eventSource: 'aws:s3', s3: { bucket: { name: named }, object: { key } } };
    if (queue !== undefined) await queues.send(queue, [{ body: { Records: [created] } }]);
    return 200;
  };

/** Accepts every e-mail, and reports that it was delivered. */
const mailerTo = (queues: DeliveringQueues): Mailer => ({
  send: async ({ id, organization, to, cc, bcc = [] }) => {
    const [provider_message_id, timestamp] = [crypto.randomUUID(), new Date().toISOString()];
    const tags = { [organizationTag]: [String(organization)], [emailTag]: [id] };
    const delivery = { timestamp, recipients: [...to, ...cc, ...bcc] };
    const queue = reportQueueOf(contracts, 'email');
    const report = { eventType: 'Delivery', mail: { timestamp, messageId: provider_message_id, tags }, delivery };
    if (queue !== undefined) await queues.send(queue, [{ body: report }]);
    return { from: 'platform@trunkline.test', provider_message_id };
  },
});

/** Identities of domains whose records the provider has not found yet. */
const identities: Identities = {
  ensure: async (domain) => ({
    status: 'pending',
    dkim: [{ name: `k._domainkey.${domain}`, value: 'k.dkim.amazonses.com' }],
  }),
  remove: async () => undefined,
};

/** A live task of the SIP service, which `GET /health` looks for. */
const sidecarTask = (): SidecarTaskItem => ({
  ...sidecarTasks,
  id: 'tsk_1',
  address: '127.0.0.1:9',
  until: Date.now() + day,
  started_at: new Date().toISOString(),
  draining: false,
});

type Signer = Awaited<ReturnType<typeof signerAt>>;

/** Reaches the provider only: no other name has an address, and nothing is sent to addresses. */
function outboundTo(signer: () => Promise<Signer> | undefined): Outbound {
  const { check } = newOutbound({ policy: anywhere, lookup: async () => [] });
  return {
    check,
    send: async ({ url, body = '' }) => {
      const known = await signer();
      const { origin, pathname } = new URL(url);
      if (known === undefined || origin !== known.issuer) {
        const problem = await check(url);
        throw new OutboundFailed(problem?.code ?? 'CONNECT_FAILED', 'The address does not answer', 0, 'connecting');
      }
      const excerpt = JSON.stringify(await known.reply(pathname, body));
      return { status: 200, headers: { 'content-type': 'application/json' }, excerpt, duration_ms: 0 };
    },
  };
}

export type InProcessApi = Api & {
  /** What functions have logged as faults. */
  readonly faults: readonly unknown[];
  readonly queues: DeliveringQueues;
  readonly stop: () => Promise<void>;
};

/** Starts the API with an empty store, and signs an operator in. */
export async function startInProcessApi(): Promise<InProcessApi> {
  const { store: table, stop } = await startStore();
  const objects = memoryObjects();
  const secrets = memorySecrets({ 'sealing-keys': '{"generation":0,"key":"made"}' });
  const clock = { ...manualClock(), now: () => new Date() };
  let signer: Promise<Signer> | undefined;
  const queues = deliveringQueues((queue) => functions.consumerOf(queue));
  const outbound = outboundTo(() => signer);
  const { faults, ...shared } = testDependencies(table, { clock, secrets, environment });
  const dependencies = (): ConsumerDependencies & { readonly identities: Identities } => ({
    ...shared,
    clock: clock.now,
    random: Math.random,
    store,
    queues,
    objects,
    links,
    mailer: mailerTo(queues),
    sms: { name: 'memory', send: async () => ({ provider_message_id: crypto.randomUUID() }) },
    // It places calls, and carries none: no device is registered.
    sidecar: sidecarWhere({ placeCall: async () => ({ kind: 'created' }) }),
    outbound,
    identities,
    invoke: invokeThrough(({ name }, question) => functions.run(name, JSON.parse(question))),
    deadLetters: async ({ body, reason, problem }) => void faults.push(new Error(`${reason}: ${problem}: ${body}`)),
  });
  const functions = inProcessFunctions(dependencies);
  const store = functions.withFeeds(table);
  await commit(table, 0, [overwrite(sidecarTaskRow, sidecarTask())]);
  const served = servedApi((name, event) => functions.run(name, event), faults);
  const send: Send = async (path, extra) => sentOf(await answerOf(served, incoming(requestOf(path, extra))));
  const api = documented(send, documentOf(send));
  return {
    api,
    base: '',
    sendRaw: async (request) => replyOf(await answerOf(served, incoming(request))),
    operator: await logIn({ api }, 'admin', adminPassword),
    people: peopleOver(store, tokenSigner(table, secrets, publicUrl)),
    store,
    upload: uploadsTo(objects, queues),
    provider: (clientId) => (signer ??= signerAt(provider, clientId)),
    settled: queues.settled,
    faults,
    queues,
    stop: async () => {
      await queues.close();
      await stop();
    },
  };
}

const replyOf = ({ status, headers, body }: GatewayAnswer): RawReply => ({ status, headers, body: body.toString() });

/** The routes of all contracts, as the templates have them. */
function servedApi(run: (name: string, event: unknown) => Promise<unknown>, faults: unknown[]): ServedApi {
  const routes = [...routesOf(contracts.filter((contract) => contract.kind === 'resource'))].flatMap(
    ([{ name }, keys]) => keys.map((key) => ({ key, target: name, timeout: limits.integration })),
  );
  const invoke: ServedApi['lambdas']['invoke'] = async (target, event) => {
    try {
      return { payload: JSON.stringify(await run(target, JSON.parse(event))), failed: false };
    } catch (error) {
      faults.push(error);
      return { payload: '{}', failed: true };
    }
  };
  return { match: routeTable(routes), cors: undefined, lambdas: { invoke }, pages: noPages };
}
