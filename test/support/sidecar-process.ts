/** Main program of `sidecar-process.fixture.ts`: runs a sidecar on the given store, and reports its memory and CPU. */
import { DynamoDBClient, TransactWriteItemsCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { readRelaySetting } from '#functions/sip-sidecar/media/relay-setting.ts';
import { runSidecar } from '#functions/sip-sidecar/service/sidecar.fixture.ts';
import { stirCertificateRow } from '#functions/telephony/rows/stir-certificate.ts';
import type { Store } from '#dynamodb/client.ts';
import { commit } from '#dynamodb/commit.ts';
import { overwrite } from '#dynamodb/write.ts';
import type { Outbound } from '#outbound/outbound.ts';
import { sealsFrom } from '#secrets/seals.ts';
import { sealedKeyOf } from '#telephony/stir-certificate.ts';

/** A certificate with its key, in PEM. */
const Certificate = z.object({ chain: z.string(), key: z.string() });

const Start = z.object({
  ...{ url: z.url(), tableName: z.string(), udp: z.int(), relay: z.string().optional() },
  /** What signs the calls of the organization 1001. It is at all URLs that the sidecar fetches. */
  certificate: Certificate.optional(),
});
export type SigningCertificate = z.output<typeof Certificate>;

/** Use of the process so far. */
export type Usage = {
  /** Microseconds. */
  readonly cpu: number;
  /** Bytes in use after a garbage collection; memory that the process may reuse is not counted. */
  readonly memory: number;
  /** Resident set in bytes, before that garbage collection. */
  readonly resident: number;
  /** Transactions and updates. */
  readonly writes: number;
  /** CDRs that were sent. */
  readonly cdrs: number;
};

const { url, tableName, udp, relay, certificate } = Start.parse(JSON.parse(process.argv[2] ?? ''));
const client = new DynamoDBClient({
  endpoint: url,
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  maxAttempts: 4,
});
client.middlewareStack.remove('loggerMiddleware');
let writes = 0;
const send = (command: Parameters<Store['client']['send']>[0]): Promise<unknown> => {
  if (command instanceof TransactWriteItemsCommand || command instanceof UpdateItemCommand) writes += 1;
  return client.send(command);
};

const ports = { 'sip-udp': udp, 'sip-tcp': 0, 'sip-tls': 0, 'sip-ws': 0, control: 0, health: 0 };
const settings = { ports, mediaRelays: readRelaySetting(relay) };
const store: Store = { tableName, client: { send: send as Store['client']['send'] } };
const outbound: Outbound = {
  check: async () => null,
  send: async () => ({ status: 200, headers: {}, excerpt: certificate?.chain ?? '', duration_ms: 1 }),
};
const sidecar = await runSidecar(store, settings, { outbound });
if (certificate !== undefined) await storeCertificate(certificate);
let cdrs = 0;
process.on('message', () => {
  // Messages that the fixture keeps are no memory of the sidecar's.
  cdrs += sidecar.dependencies.queues.sent.splice(0).filter(({ queue }) => queue === 'cdr-ingest').length;
  const { user, system } = process.cpuUsage();
  const resident = process.memoryUsage.rss();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  process.send?.({ cpu: user + system, memory: heapUsed + external, resident, writes, cdrs } satisfies Usage);
});
process.on('SIGTERM', () => void sidecar.close().then(() => process.exit(0)));
process.on('disconnect', () => process.exit(0));
process.send?.({ id: sidecar.id, bound: sidecar.bound });

async function storeCertificate({ chain, key }: SigningCertificate): Promise<void> {
  const of = { id: 'stircert_1', org_id: 1_001 };
  const stored = {
    ...{ ...of, name: 'own', chain, chain_id: 'a'.repeat(40), public_key: '', csr: null, spcs: [], version: 1 },
    ...{ not_before: '2000-01-01', not_after: '2100-01-01', created_at: '', updated_at: '' },
    sealed_key: await sealsFrom(sidecar.secrets).seal(key, sealedKeyOf(of)),
  };
  await commit(store, of.org_id, [overwrite(stirCertificateRow, stored)]);
}
