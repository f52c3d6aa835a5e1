import type { Bucket } from './buckets.ts';
import type { Entity, Index } from './entities.ts';
import type { Queue } from './queues.ts';

/**
 * What an endpoint or a background function reads and changes. The function's IAM policy and the types of its
 * dependencies derive from its effects: an undeclared operation neither compiles nor is granted.
 */
export type Effect =
  | { readonly kind: 'reads'; readonly entity: Entity; readonly index?: Index }
  /** `inTurn`: requests may have to wait for their turn (`writesInTurn`). */
  | { readonly kind: 'writes'; readonly entity: Entity; readonly inTurn?: true }
  | { readonly kind: 'removes'; readonly entity: Entity }
  | { readonly kind: 'records'; readonly event: string; readonly audited: boolean }
  | { readonly kind: 'sends'; readonly queue: Queue }
  | { readonly kind: 'measures'; readonly queue: Queue }
  | { readonly kind: 'secret'; readonly secret: SecretName; readonly access: 'reads' | 'rotates' }
  | {
      readonly kind: 'objects';
      readonly bucket: Bucket;
      readonly access: 'names' | 'links' | 'uploads' | 'reads' | 'adds' | 'keeps' | 'locks' | 'expires';
      /** The only part of each organization's objects, as their keys name it; without it, all objects. */
      readonly folder?: string;
    }
  | { readonly kind: 'asks'; readonly service: ServiceName }
  | { readonly kind: 'invokes'; readonly function: AnsweringName }
  | { readonly kind: 'mails'; readonly sender: Sender }
  | { readonly kind: 'texts' }
  | { readonly kind: 'identities' }
  | { readonly kind: 'speaks' }
  | { readonly kind: 'calls-out' };

/** The sender of an e-mail: the platform's own address, or one of a verified domain of an organization. */
export type Sender = 'platform' | 'domain';

/** Services that functions call over their control interface. */
export type ServiceName = 'sip-sidecar' | 'media-relay';

/** Functions that answer questions of other functions. */
export type AnsweringName = 'emergency-warnings' | 'flow-sms' | 'flow-webhooks' | 'mailbox-log-ins' | 'speech';

/** The environment variable with the name of a function that answers. */
export const functionVariable = (name: AnsweringName): string => `FUNCTION_${name.toUpperCase().replaceAll('-', '_')}`;

export const secretNames = [
  'archive-keys',
  'canary',
  'operator-admin',
  'sealing-keys',
  'sidecar-control',
  'signing-keys',
] as const;
export type SecretName = (typeof secretNames)[number];

/** The environment variable with the name of a secret. */
export const secretVariable = (secret: SecretName): string => `SECRET_${secret.toUpperCase().replaceAll('-', '_')}`;

/** Reads items of an entity by key or by partition. @param index an index that is read as well */
export function reads<const E extends Entity>(entity: E): { kind: 'reads'; entity: E };
export function reads<const E extends Entity, const I extends Index>(
  entity: E,
  index: I,
): { kind: 'reads'; entity: E; index: I };
export function reads(entity: Entity, index?: Index): Effect {
  return index === undefined ? { kind: 'reads', entity } : { kind: 'reads', entity, index };
}

/** Puts, updates or deletes items of an entity, and reads them. */
export const writes = <const E extends Entity>(entity: E): { kind: 'writes'; entity: E } => ({
  kind: 'writes',
  entity,
});

/** Reads items of an entity and deletes them, and can make or change none. */
export const removes = <const E extends Entity>(entity: E): { kind: 'removes'; entity: E } => ({
  kind: 'removes',
  entity,
});

/** Writes an entity of which an organization has one item that many changes advance: its row says `inTurn`. */
export const writesInTurn = <const E extends Entity>(entity: E): { kind: 'writes'; entity: E; inTurn: true } => ({
  kind: 'writes',
  entity,
  inTurn: true,
});

/** Keeps a value unique by a marker item, which is written and deleted in the transactions of its owner. */
export const unique = <const E extends Entity>(entity: E): { kind: 'writes'; entity: E } => writes(entity);

/**
 * Writes an event in the transaction of the change, and seals it into the event log. An event is declared by the
 * contracts that write it; `event-catalogue.ts` derives the list of all.
 */
export const records = <const T extends string>(event: T): { kind: 'records'; event: T; audited: true } => ({
  kind: 'records',
  event,
  audited: true,
});

/** Writes an event of state or traffic: available at `/events`, never sealed. */
export const reports = <const T extends string>(event: T): { kind: 'records'; event: T; audited: false } => ({
  kind: 'records',
  event,
  audited: false,
});

/** Sends messages to a queue. */
export const sends = <const Q extends Queue>(queue: Q): { kind: 'sends'; queue: Q } => ({ kind: 'sends', queue });

/** Reads the number of messages in a queue. */
export const readsQueueDepth = <const Q extends Queue>(queue: Q): { kind: 'measures'; queue: Q } => ({
  kind: 'measures',
  queue,
});

/** Reads a secret. */
export const readsSecret = <const S extends SecretName>(secret: S): { kind: 'secret'; secret: S; access: 'reads' } => ({
  kind: 'secret',
  secret,
  access: 'reads',
});
/** Reads a secret and stores new versions of it. */
export const rotatesSecret = <const S extends SecretName>(
  secret: S,
): { kind: 'secret'; secret: S; access: 'rotates' } => ({ kind: 'secret', secret, access: 'rotates' });

/** Knows the name of a bucket, and has no right to it: a page names the hosts to which it connects. */
export const namesBucket = <const B extends Bucket>(bucket: B): { kind: 'objects'; bucket: B; access: 'names' } => ({
  kind: 'objects',
  bucket,
  access: 'names',
});
/** Makes presigned links to objects of a bucket. */
export const linksObjects = <const B extends Bucket>(bucket: B): { kind: 'objects'; bucket: B; access: 'links' } => ({
  kind: 'objects',
  bucket,
  access: 'links',
});
/** Makes presigned links by which clients upload objects to a bucket. */
export const linksUploads = <const B extends Bucket>(bucket: B): { kind: 'objects'; bucket: B; access: 'uploads' } => ({
  kind: 'objects',
  bucket,
  access: 'uploads',
});
/** Reads objects of a bucket. */
export const readsObjects = <const B extends Bucket>(bucket: B): { kind: 'objects'; bucket: B; access: 'reads' } => ({
  kind: 'objects',
  bucket,
  access: 'reads',
});
/** Reads one kind of objects of a bucket. @param folder its part of the keys */
export const readsFolder = <const B extends Bucket>(
  bucket: B,
  folder: string,
): { kind: 'objects'; bucket: B; access: 'reads'; folder: string } => ({
  kind: 'objects',
  bucket,
  access: 'reads',
  folder,
});
/** Puts new objects of one kind into a bucket. It neither reads, replaces nor deletes any. */
export const addsObjects = <const B extends Bucket>(
  bucket: B,
  folder: string,
): { kind: 'objects'; bucket: B; access: 'adds'; folder: string } => ({
  kind: 'objects',
  bucket,
  access: 'adds',
  folder,
});
/** Puts, reads and deletes objects of a bucket. */
export const storesObjects = <const B extends Bucket>(bucket: B): { kind: 'objects'; bucket: B; access: 'keeps' } => ({
  kind: 'objects',
  bucket,
  access: 'keeps',
});

/** Puts and reads objects of a bucket whose versions may be locked, and removes none. */
const locksObjects = <const B extends Bucket>(bucket: B): { kind: 'objects'; bucket: B; access: 'locks' } => ({
  kind: 'objects',
  bucket,
  access: 'locks',
});
/** Lists versions of objects, and removes those that no lock protects. */
export const removesVersions = <const B extends Bucket>(
  bucket: B,
): { kind: 'objects'; bucket: B; access: 'expires' } => ({ kind: 'objects', bucket, access: 'expires' });

/** Calls a service over its control interface, which is reachable inside the VPC only; so the function runs there. */
export const asks = <const S extends ServiceName>(service: S): { kind: 'asks'; service: S } => ({
  kind: 'asks',
  service,
});

/** Invokes a function that answers, and waits for its answer: what another area decides is asked of it. */
export const invokes = <const N extends AnsweringName>(name: N): { kind: 'invokes'; function: N } => ({
  kind: 'invokes',
  function: name,
});

/** Sends e-mail. */
export const sendsEmail = <const S extends Sender>(sender: S): { kind: 'mails'; sender: S } => ({
  kind: 'mails',
  sender,
});

/** Sends HTTP requests to URLs that tenants configure (`shared/outbound`), so the function runs outside the VPC. */
export const callsOut = (): { kind: 'calls-out' } => ({ kind: 'calls-out' });

/** Sends SMS. */
export const sendsSms = (): { kind: 'texts' } => ({ kind: 'texts' });
/** Says texts. */
export const speaks = (): { kind: 'speaks' } => ({ kind: 'speaks' });
/** Makes, reads and deletes the identities of domains at the provider of e-mail. */
export const managesIdentities = (): { kind: 'identities' } => ({ kind: 'identities' });

/** The environment variable with the provider of speech, of what says texts and of what has them said. */
export const speechVariable = 'SPEECH';

/** The environment variable with the platform's own e-mail address. */
export const senderVariable = 'EMAIL_FROM';
/** The environment variable with the name that the configuration sets of SES begin with (`shared/mail/tracking.ts`). */
export const configurationVariable = 'EMAIL_CONFIGURATION';

/** The effects of calling a service: finding the task, and signing a token (`shared/sidecar/client.ts`). */
export const effectsOfAsking: readonly Effect[] = [reads('lease'), readsSecret('sidecar-control')];

/**
 * The effects of writing, recording and sealing archives (`shared/archive`). The first signature makes the first key,
 * as that of tokens does.
 */
export const effectsOfArchiving = [
  locksObjects('archives'),
  writes('archive'),
  writes('archivehead'),
  writes('archivekey'),
  rotatesSecret('archive-keys'),
] as const;

/** The names of effects in types: `trunk`, `trunk@GSI1`, `event:trunk.created`. */
export type ReadName<F> = F extends { kind: 'reads'; entity: infer E extends Entity; index: infer I extends Index }
  ? E | `${E}@${I}`
  : F extends { kind: 'reads' | 'writes' | 'removes'; entity: infer E extends Entity }
    ? E
    : never;
export type WriteName<F> = F extends { kind: 'writes' | 'removes'; entity: infer E extends Entity }
  ? E | `check:${E}`
  : F extends { kind: 'reads'; entity: infer E extends Entity }
    ? `check:${E}`
    : F extends { kind: 'records'; event: infer T extends string }
      ? `event:${T}`
      : never;
export type QueueName<F> = F extends { kind: 'sends'; queue: infer Q } ? Q : never;
export type SecretsOf<F> = F extends { kind: 'secret'; secret: infer S extends SecretName } ? S : never;
export type LinkedBucket<F> = F extends { kind: 'objects'; access: 'links'; bucket: infer B extends Bucket }
  ? B
  : never;
export type UploadBucket<F> = F extends { kind: 'objects'; access: 'uploads'; bucket: infer B extends Bucket }
  ? B
  : never;
export type ReadBucket<F> = F extends { kind: 'objects'; access: 'reads'; bucket: infer B extends Bucket } ? B : never;
export type KeptBucket<F> = F extends { kind: 'objects'; access: 'keeps' | 'locks'; bucket: infer B extends Bucket }
  ? B
  : never;
export type ExpiringBucket<F> = F extends { kind: 'objects'; access: 'expires'; bucket: infer B extends Bucket }
  ? B
  : never;
export type SenderOf<F> = F extends { kind: 'mails'; sender: infer S extends Sender } ? S : never;
export type CallsOut<F> = F extends { kind: 'calls-out' } ? true : never;
/** Present if SMS are sent. */
export type TextsOf<F> = F extends { kind: 'texts' } ? true : never;
export type AskedService<F> = F extends { kind: 'asks'; service: infer S extends ServiceName } ? S : never;
export type InvokedFunction<F> = F extends { kind: 'invokes'; function: infer N extends AnsweringName } ? N : never;
export type MeasuredQueue<F> = F extends { kind: 'measures'; queue: infer Q } ? Q : never;
