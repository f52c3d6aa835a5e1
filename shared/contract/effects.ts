import type { Bucket } from './buckets.ts';
import type { Entity, Index } from './entities.ts';
import type { EventType } from './events.ts';
import type { Queue } from './queues.ts';

/**
 * What an endpoint or a background function reads and changes. The function's IAM policy and the types of its
 * dependencies derive from its effects: an undeclared operation neither compiles nor is granted.
 */
export type Effect =
  | { readonly kind: 'reads'; readonly entity: Entity; readonly index?: Index }
  | { readonly kind: 'writes'; readonly entity: Entity }
  | { readonly kind: 'records'; readonly event: EventType }
  | { readonly kind: 'sends'; readonly queue: Queue }
  | { readonly kind: 'measures'; readonly queue: Queue }
  | { readonly kind: 'secret'; readonly secret: SecretName; readonly access: 'reads' | 'rotates' }
  | { readonly kind: 'objects'; readonly bucket: Bucket; readonly access: 'links' | 'keeps' }
  | { readonly kind: 'asks'; readonly service: ServiceName }
  | { readonly kind: 'mails'; readonly sender: Sender };

/** The sender of an e-mail. */
export type Sender = 'platform';

/** Services that functions call over their control interface. */
export type ServiceName = 'sip-sidecar';

export const secretNames = ['operator-admin', 'sealing-keys', 'sidecar-control', 'signing-keys'] as const;
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

/** Keeps a value unique by a marker item, which is written and deleted in the transactions of its owner. */
export const unique = <const E extends Entity>(entity: E): { kind: 'writes'; entity: E } => writes(entity);

/** Writes an event of the catalogue (events.ts) in the transaction of the change. */
export const records = <const T extends EventType>(event: T): { kind: 'records'; event: T } => ({
  kind: 'records',
  event,
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

/** Makes presigned links to objects of a bucket. */
export const linksObjects = <const B extends Bucket>(bucket: B): { kind: 'objects'; bucket: B; access: 'links' } => ({
  kind: 'objects',
  bucket,
  access: 'links',
});
/** Puts, reads and deletes objects of a bucket. */
export const storesObjects = <const B extends Bucket>(bucket: B): { kind: 'objects'; bucket: B; access: 'keeps' } => ({
  kind: 'objects',
  bucket,
  access: 'keeps',
});

/** Calls a service over its control interface, which is reachable inside the VPC only; so the function runs there. */
export const asks = <const S extends ServiceName>(service: S): { kind: 'asks'; service: S } => ({
  kind: 'asks',
  service,
});

/** Sends e-mail. */
export const sendsEmail = <const S extends Sender>(sender: S): { kind: 'mails'; sender: S } => ({
  kind: 'mails',
  sender,
});

/** The environment variable with the platform's own e-mail address. */
export const senderVariable = 'EMAIL_FROM';

/** The effects of calling a service: finding the task, and signing a token (`shared/sidecar/client.ts`). */
export const effectsOfAsking: readonly Effect[] = [reads('lease'), readsSecret('sidecar-control')];

/** The names of effects in types: `trunk`, `trunk@GSI1`, `event:trunk.created`. */
export type ReadName<F> = F extends { kind: 'reads'; entity: infer E extends Entity; index: infer I extends Index }
  ? E | `${E}@${I}`
  : F extends { kind: 'reads' | 'writes'; entity: infer E extends Entity }
    ? E
    : never;
export type WriteName<F> = F extends { kind: 'writes'; entity: infer E extends Entity }
  ? E | `check:${E}`
  : F extends { kind: 'reads'; entity: infer E extends Entity }
    ? `check:${E}`
    : F extends { kind: 'records'; event: infer T extends EventType }
      ? `event:${T}`
      : never;
export type QueueName<F> = F extends { kind: 'sends'; queue: infer Q } ? Q : never;
export type SecretsOf<F> = F extends { kind: 'secret'; secret: infer S extends SecretName } ? S : never;
export type LinkedBucket<F> = F extends { kind: 'objects'; access: 'links'; bucket: infer B extends Bucket }
  ? B
  : never;
export type KeptBucket<F> = F extends { kind: 'objects'; access: 'keeps'; bucket: infer B extends Bucket } ? B : never;
export type SenderOf<F> = F extends { kind: 'mails'; sender: infer S extends Sender } ? S : never;
export type AskedService<F> = F extends { kind: 'asks'; service: infer S extends ServiceName } ? S : never;
export type MeasuredQueue<F> = F extends { kind: 'measures'; queue: infer Q } ? Q : never;
