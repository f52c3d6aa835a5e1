import type { Bucket } from './buckets.ts';
import type { Entity, Index } from './entities.ts';
import type { EventType } from './events.ts';
import type { Queue } from './queues.ts';

/**
 * What an endpoint or a consumer does to the world. The function's IAM policy is derived from these,
 * and the table's type as well, so that an operation that was not declared neither compiles nor is granted.
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

/** In whose name e-mail is sent. */
export type Sender = 'platform';

/** Services that functions ask over their control interface. */
export type ServiceName = 'sip-sidecar';

export const secretNames = ['operator-admin', 'sealing-keys', 'sidecar-control', 'signing-keys'] as const;
export type SecretName = (typeof secretNames)[number];

/** Name of the environment variable that holds a secret's name. */
export const secretVariable = (secret: SecretName): string => `SECRET_${secret.toUpperCase().replaceAll('-', '_')}`;

/** Reads items of an entity by their key or as a partition; with `index` through that index as well. */
export function reads<const E extends Entity>(entity: E): { kind: 'reads'; entity: E };
export function reads<const E extends Entity, const I extends Index>(
  entity: E,
  index: I,
): { kind: 'reads'; entity: E; index: I };
export function reads(entity: Entity, index?: Index): Effect {
  return index === undefined ? { kind: 'reads', entity } : { kind: 'reads', entity, index };
}

/** Puts, updates or deletes items of an entity (and reads them, as conditions do). */
export const writes = <const E extends Entity>(entity: E): { kind: 'writes'; entity: E } => ({
  kind: 'writes',
  entity,
});

/** Holds a value unique by a marker item, written and removed in the transaction of its owner. */
export const unique = <const E extends Entity>(entity: E): { kind: 'writes'; entity: E } => writes(entity);

/** Writes an event of the catalogue in the transaction of the change (system.md, "Event catalogue"). */
export const records = <const T extends EventType>(event: T): { kind: 'records'; event: T } => ({
  kind: 'records',
  event,
});

export const sends = <const Q extends Queue>(queue: Q): { kind: 'sends'; queue: Q } => ({ kind: 'sends', queue });

/** Asks how many messages wait in a queue, which also tells that the queue answers. */
export const readsQueueDepth = <const Q extends Queue>(queue: Q): { kind: 'measures'; queue: Q } => ({
  kind: 'measures',
  queue,
});

export const readsSecret = <const S extends SecretName>(secret: S): { kind: 'secret'; secret: S; access: 'reads' } => ({
  kind: 'secret',
  secret,
  access: 'reads',
});
export const rotatesSecret = <const S extends SecretName>(
  secret: S,
): { kind: 'secret'; secret: S; access: 'rotates' } => ({ kind: 'secret', secret, access: 'rotates' });

/** Makes links to objects of a bucket, by which they are read. */
export const linksObjects = <const B extends Bucket>(bucket: B): { kind: 'objects'; bucket: B; access: 'links' } => ({
  kind: 'objects',
  bucket,
  access: 'links',
});
/** Puts, reads and removes objects of a bucket. */
export const storesObjects = <const B extends Bucket>(bucket: B): { kind: 'objects'; bucket: B; access: 'keeps' } => ({
  kind: 'objects',
  bucket,
  access: 'keeps',
});

/** Asks a service over its control interface, which is reached inside the VPC only: so the function runs there. */
export const asks = <const S extends ServiceName>(service: S): { kind: 'asks'; service: S } => ({
  kind: 'asks',
  service,
});

/** Hands e-mail over. */
export const sendsEmail = <const S extends Sender>(sender: S): { kind: 'mails'; sender: S } => ({
  kind: 'mails',
  sender,
});

/** Name of the environment variable that holds the platform's own address. */
export const senderVariable = 'EMAIL_FROM';

/** What asking a service does: finding who owns what, and a token (`shared/sidecar/client.ts`). */
export const effectsOfAsking: readonly Effect[] = [reads('lease'), readsSecret('sidecar-control')];

/** The names by which types speak of effects: `trunk`, `trunk@GSI1`, `event:trunk.created`. */
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
