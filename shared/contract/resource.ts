import type * as z from 'zod';
import type { Effect } from './effects.ts';
import type { Endpoint } from './endpoint.ts';
import type { Entity } from './entities.ts';
import type { FaceName } from './faces.ts';
import type { Queue } from './queues.ts';

export const areas = ['auth', 'users', 'orgs', 'telephony', 'dialplan', 'billing', 'messaging', 'system', 'calls'] as const;
export type Area = (typeof areas)[number];

/** One Lambda with the endpoints of one resource. */
export type Resource<Endpoints extends readonly Endpoint[] = readonly Endpoint[]> = {
  readonly kind: 'resource';
  /** The folder below `functions/`. */
  readonly name: string;
  readonly area: Area;
  readonly face: FaceName;
  readonly endpoints: Endpoints;
  /** MiB; 512 unless said. */
  readonly memory?: number;
  /** Behind an alias with provisioned concurrency and target tracking. */
  readonly provisioned?: true;
};

export const resource = <const E extends readonly Endpoint[]>(
  name: string,
  spec: Omit<Resource<E>, 'kind' | 'name'>,
): Resource<E> => ({ kind: 'resource', name, ...spec });

/** What every function that is not reached over HTTP declares. */
type Background = {
  readonly name: string;
  readonly area: Area;
  readonly effects: readonly Effect[];
  /** Seconds. */
  readonly timeout: number;
  readonly memory?: number;
};

/** A Lambda that takes messages off a queue. Visibility is six times its time-out. */
export type Consumer<M extends z.ZodType = z.ZodType> = Background & {
  readonly kind: 'consumer';
  readonly queue: Queue;
  readonly message: M;
  readonly batchSize: number;
  /** Seconds. */
  readonly batchWindow: number;
  readonly maximumConcurrency: number;
};

/** A Lambda that the table's stream calls for inserted items whose partition key begins with one of the entities. */
export type Feed = Background & { readonly kind: 'feed'; readonly entities: readonly Entity[] };

/** A Lambda that runs by the clock. */
export type Scheduled = Background & { readonly kind: 'scheduled'; readonly everyMinutes: number };

export type FunctionContract = Resource | Consumer | Feed | Scheduled;

export const consumer = <const C extends Omit<Consumer, 'kind' | 'name'>>(name: string, spec: C) =>
  ({ kind: 'consumer', name, ...spec }) as const;
export const feed = <const F extends Omit<Feed, 'kind' | 'name'>>(name: string, spec: F) =>
  ({ kind: 'feed', name, ...spec }) as const;
export const scheduled = <const S extends Omit<Scheduled, 'kind' | 'name'>>(name: string, spec: S) =>
  ({ kind: 'scheduled', name, ...spec }) as const;

/** Everything that a function does, over all its endpoints. */
export const effectsOf = (contract: FunctionContract): readonly Effect[] =>
  contract.kind === 'resource' ? contract.endpoints.flatMap((each) => each.effects) : contract.effects;

export type EffectOf<C> = C extends { readonly endpoints: readonly (infer E)[] }
  ? E extends { readonly effects: readonly (infer F)[] } ? F : never
  : C extends { readonly effects: readonly (infer F)[] } ? F : never;
