import type * as z from 'zod';
import { commonErrors, type ErrorKind } from '../errors.ts';
import type { Bucket } from './buckets.ts';
import type { Cascade, Dispatch, DueTrigger, EventTrigger, SubscriberTrigger } from './consequences.ts';
import type { AnsweringName, Effect, ServiceName } from './effects.ts';
import type { Endpoint } from './endpoint.ts';
import type { Entity } from './entities.ts';
import type { ResponseFormatName } from './response-formats.ts';
import type { Queue } from './queues.ts';
import type { Owner } from './owner.ts';
import type { Stored } from './stored.ts';

export const areas = [
  'auth',
  'users',
  'orgs',
  'telephony',
  'dialplan',
  'billing',
  'messaging',
  'system',
  'calls',
] as const;
export type Area = (typeof areas)[number];

/** One Lambda with the endpoints of one resource. */
export type Resource<Endpoints extends readonly Endpoint[] = readonly Endpoint[]> = {
  readonly kind: 'resource';
  /** The function's name, and its folder in the folder of its area. */
  readonly name: string;
  /** The folder, if its name differs from that of the function. */
  readonly folder?: string;
  readonly area: Area;
  readonly format: ResponseFormatName;
  readonly endpoints: Endpoints;
  /** Whose records its endpoints reach, unless they say otherwise. */
  readonly owner?: Owner;
  /** The kinds of errors that its endpoints answer besides the common ones: its own, and those of its area. */
  readonly errors?: Readonly<Record<string, ErrorKind>>;
  /** Accepted bodies by operation id, from the resource's `examples.ts`. Shown in the OpenAPI document. */
  readonly examples?: Readonly<Record<string, unknown>>;
  /** What it deletes or changes after events of other resources. */
  readonly cascades?: readonly Cascade[];
  /** The declaration from which endpoints, rows and cascades follow. */
  readonly stored?: Stored;
  /** MiB; 512 by default. */
  readonly memory?: number;
  /** Runs behind an alias with provisioned concurrency and target tracking. */
  readonly provisioned?: true;
  /** Has environments that no other function uses: a flood of other requests does not stop it, nor it them. */
  readonly reserved?: true;
};

/** The kinds of errors that the endpoints of a resource may name, by code. */
export const errorKindsOf = ({ errors }: Pick<Resource, 'errors'>): Readonly<Record<string, ErrorKind>> => ({
  ...commonErrors,
  ...errors,
});

/** Declares a resource. */
export const resource = <const E extends readonly Endpoint[], const C extends readonly Cascade[] = readonly []>(
  name: string,
  spec: Omit<Resource<E>, 'kind' | 'name' | 'cascades' | 'stored'> & { readonly cascades?: C },
): Resource<E> & { readonly cascades?: C } => ({ kind: 'resource', name, ...spec });

/** Declares the function of a stored resource. @param spec its endpoints are those that are written by hand */
export const storedResource = <const S extends Stored, const E extends readonly Endpoint[] = readonly []>(
  name: string,
  stored: S,
  spec: Pick<Resource, 'format' | 'folder' | 'examples' | 'errors'> & { readonly endpoints?: E },
): Resource<readonly (S['endpoints'][number] | E[number])[]> => ({
  kind: 'resource',
  name,
  ...spec,
  area: stored.area,
  stored,
  owner: stored.owner === 'user' ? { user: { [stored.entity]: 'user_id' } } : stored.owner,
  endpoints: [...stored.endpoints, ...(spec.endpoints ?? [])],
  examples: { ...stored.examples, ...spec.examples },
  cascades: stored.cascades,
});

/** What every function without endpoints declares. */
type Background = {
  readonly name: string;
  readonly folder?: string;
  readonly area: Area;
  readonly effects: readonly Effect[];
  readonly cascades?: readonly Cascade[];
  /** It sends what other contracts declare as consequences, and has the effects for that. */
  readonly dispatches?: Dispatch;
  /** Seconds. */
  readonly timeout: number;
  readonly memory?: number;
};

/** A Lambda that consumes a queue. The queue's visibility timeout is six times the function's timeout. */
export type Consumer<M extends z.ZodType = z.ZodType> = Background & {
  readonly kind: 'consumer';
  readonly queue: Queue;
  readonly message: M;
  readonly batchSize: number;
  /** Seconds. */
  readonly batchWindow: number;
  readonly maximumConcurrency: number;
  /**
   * CDRs a second of one execution environment. With it, `maximumConcurrency` is the least, and a stage with more CDRs
   * runs more at a time.
   */
  readonly cdrsPerSecond?: number;
  /** The events that start it, with the message that it takes for them. */
  readonly startedBy?: EventTrigger | SubscriberTrigger;
  /** The due pointers that start it. */
  readonly due?: DueTrigger;
  /** The bucket whose new objects start it: its messages include `BucketNotification`. */
  readonly uploads?: Bucket;
  /** The provider whose reports start it: SES's about e-mails, AWS End User Messaging's about SMS. */
  readonly reports?: 'email' | 'sms';
  /** The consumers that share the queue and the function (`shared-queues.ts`). */
  readonly parts?: readonly Consumer[];
};

/** A Lambda that the table's stream invokes for inserted items of some entities. */
export type Feed = Background & { readonly kind: 'feed'; readonly entities: readonly Entity[] };

/** A Lambda that runs on a schedule. */
export type Scheduled = Background & { readonly kind: 'scheduled'; readonly everyMinutes: number };

/** What functions that answer may do. */
type AnsweringEffect = 'reads' | 'writes' | 'records' | 'objects' | 'secret' | 'speaks' | 'calls-out';

/**
 * A Lambda that others invoke for an answer: what it decides, makes or asks for them, which so do without its code. It
 * reads, and stores what comes out the same each time, with its events, so that a question may be asked again.
 */
export type Answering<Q extends z.ZodType = z.ZodType, A extends z.ZodType = z.ZodType> = Omit<
  Background,
  'effects'
> & {
  readonly kind: 'answering';
  readonly name: AnsweringName;
  readonly question: Q;
  readonly answer: A;
  readonly effects: readonly Extract<Effect, { readonly kind: AnsweringEffect }>[];
  /** How often a question is asked that gets no answer. Default: 3. */
  readonly attempts?: number;
};

/** A port of a service's container. */
export type ServicePort = { readonly port: number; readonly protocol: 'tcp' | 'udp' };

/** A Fargate service of several tasks, for protocols that API Gateway does not support. */
export type Service = Omit<Background, 'name' | 'timeout'> & {
  readonly kind: 'service';
  readonly name: ServiceName;
  /** 1/1024 of a processor. Fargate supports certain pairs of `cpu` and `memory` only. */
  readonly cpu: number;
  /** MiB. */
  readonly memory: number;
  readonly ports: Readonly<Record<string, ServicePort>>;
  /** Seconds that a task has to stop. */
  readonly stopTimeout: number;
};

/** The contract of a Lambda. */
export type FunctionContract = Resource | Consumer | Feed | Scheduled | Answering;
/** The contract of a Lambda or a Fargate service. */
export type Contract = FunctionContract | Service;

/** Declares a consumer of a queue. */
export const consumer = <const C extends Omit<Consumer, 'kind' | 'name'>>(name: string, spec: C) =>
  ({ kind: 'consumer', name, ...spec }) as const;
/** Declares a consumer of the table's stream. */
export const feed = <const F extends Omit<Feed, 'kind' | 'name'>>(name: string, spec: F) =>
  ({ kind: 'feed', name, ...spec }) as const;
/** Declares a function that runs on a schedule. */
export const scheduled = <const S extends Omit<Scheduled, 'kind' | 'name'>>(name: string, spec: S) =>
  ({ kind: 'scheduled', name, ...spec }) as const;

/** Declares a function that answers others. */
export const answering = <const A extends Omit<Answering, 'kind' | 'name'>, const N extends AnsweringName>(
  name: N,
  spec: A,
) => ({ kind: 'answering', name, ...spec }) as const;

/** Declares a Fargate service. */
export const service = <const S extends Omit<Service, 'kind' | 'name'>, const N extends ServiceName>(
  name: N,
  spec: S,
) => ({ kind: 'service', name, ...spec }) as const;

/** The environment variable with a port of a service. */
export const portVariable = (port: string): string => `PORT_${port.toUpperCase().replaceAll('-', '_')}`;

/** The ports of a service that its environment sets, else its contract. @throws Error for one below `least`, or none */
export function portsFrom<const Ports extends Service['ports']>(
  environment: Readonly<Record<string, string | undefined>>,
  ports: Ports,
  least: 0 | 1,
): Readonly<Record<keyof Ports, number>> {
  const read = Object.entries(ports).map(([name, { port: own }]) => {
    const text = environment[portVariable(name)] ?? String(own);
    const port = Number(text);
    if (!Number.isInteger(port) || port < least || port > 65_535)
      throw new Error(`${portVariable(name)} must be a port from ${least} to 65,535, not ${text}`);
    return [name, port] as const;
  });
  return Object.fromEntries(read) as Record<keyof Ports, number>;
}

/** The declared effects of a contract, over all its endpoints. */
export const effectsOf = (contract: Contract): readonly Effect[] =>
  contract.kind === 'resource' ? contract.endpoints.flatMap(({ effects }) => effects) : contract.effects;

export type EffectOf<C> = C extends { readonly endpoints: readonly (infer E)[] }
  ? E extends { readonly effects: readonly (infer F)[] }
    ? F
    : never
  : C extends { readonly effects: readonly (infer F)[] }
    ? F
    : never;

type CascadeOf<C> = C extends { readonly cascades?: infer L }
  ? NonNullable<L> extends readonly (infer D)[]
    ? D
    : never
  : never;

/** The effects of the cascades that a contract declares. */
export type CascadeEffect<C> = CascadeOf<C> extends { readonly effects: readonly (infer F)[] } ? F : never;

/** The events after which a contract deletes or changes something. */
export type CascadeEvent<C> = CascadeOf<C> extends { readonly event: infer T } ? T : never;

/** The queues of the consumers, in alphabetical order. */
export const queuesOf = (contracts: readonly FunctionContract[]): Queue[] =>
  contracts.flatMap((contract) => (contract.kind === 'consumer' ? [contract.queue] : [])).toSorted();
