import type * as z from 'zod';
import type { EffectOf, Resource } from '../contract/resource.ts';
import type { Endpoint } from '../contract/endpoint.ts';
import type {
  AskedService,
  CallsOut,
  InvokedFunction,
  ExpiringBucket,
  KeptBucket,
  LinkedBucket,
  MeasuredQueue,
  QueueName,
  ReadBucket,
  ReadName,
  SecretsOf,
  ServiceName,
  UploadBucket,
  WriteName,
} from '../contract/effects.ts';
import type { Problem } from '../errors.ts';
import type { OrganizationItem } from '../dynamodb/rows/organization.ts';
import type { UserItem } from '../dynamodb/rows/user.ts';
import type { PageRequest } from '../dynamodb/page.ts';
import type { PageQuery } from '../schema/query.ts';
import type { Table } from '../dynamodb/table.ts';
import type { Links } from '../objects/links.ts';
import type { Outbound } from '../outbound/outbound.ts';
import type { Objects } from '../objects/objects.ts';
import type { Queues } from '../queue/queues.ts';
import type { Invoke } from '../runtime/invoke.ts';
import type { Secrets } from '../secrets/secrets.ts';
import type { Sidecar } from '../sidecar/client.ts';
import type { Answer, AnswerOf, Change, CommittedFailure } from './answers/answer.ts';
import type { Caller } from './authorization/caller.ts';
import type { OwnRecords } from './authorization/own-records.ts';
import type { RightsSources } from './authorization/rights.ts';
import type { Origin, Recorder } from '../runtime/event-record.ts';
import type { Dependencies } from '../runtime/dependencies.ts';
import type { RenderedBody } from './answers/render-error.ts';

type Outputs<S> = S extends Readonly<Record<string, z.ZodType>> ? { readonly [K in keyof S]: z.output<S[K]> } : object;
type BodyOf<E> = E extends { readonly body: infer B extends z.ZodType } ? z.output<B> : never;
type Access<E> = E extends { readonly scope: 'public' }
  ? { readonly caller: undefined; readonly organization: undefined }
  : { readonly caller: Caller; readonly organization: OrganizationItem };

/** A request as its handler sees it: parsed, and inside the caller's reach. */
export type Request<E extends Endpoint = Endpoint> = Access<E> & {
  readonly params: Outputs<E['params']>;
  readonly query: Outputs<E['query']>;
  /** The parsed body. Call it after the 404s. @throws AppError VALIDATION_FAILED, or the code of the broken rule */
  readonly body: () => BodyOf<E>;
  /** The body of the media type that the endpoint takes as a text (`bodyText`); there is no other body then. */
  readonly text: string | undefined;
  /** The body's fields before validation: for an id in the body, whose 404 comes before the body's 422. */
  readonly content: Readonly<Record<string, unknown>>;
  /** The requested page of a list. A search with its filters in the body passes them in `inBody`. */
  readonly page: (inBody?: { readonly asked: PageQuery; readonly filters: unknown }) => PageRequest;
  /** The version in `If-Match` or the body's `version`, if any. */
  readonly pinnedVersion: number | undefined;
  /**
   * Asserts that none of these accounts may do more than the caller. An endpoint that acts on accounts which it finds
   * (`actsOn: 'found'`) commits no change without. @throws AppError CANNOT_MANAGE_USER
   */
  readonly assertManages: (users: readonly UserItem[], sources: RightsSources) => void;
  /**
   * Which records the caller has. An endpoint whose handler finds their user (`owner: 'found'`) answers nothing
   * without.
   */
  readonly own: OwnRecords;
  /** Records events of the request's organization. */
  readonly record: Recorder;
  /** Records events of another organization, or with another actor than the caller. */
  readonly recordIn: (organization: number, actor?: Origin['actor']) => Recorder;
  readonly now: Date;
  readonly headers: Readonly<Record<string, string>>;
  /** The host name that the request was sent to. */
  readonly host: string;
  readonly ip: string;
  readonly userAgent: string;
  readonly requestId: string;
  /**
   * Of a request with an `Idempotency-Key` the id of its first attempt (`att_<ULID>`): what an attempt that died has
   * begun outside of the table is found by it. Undefined without a key.
   */
  readonly firstAttempt: string | undefined;
  /** Method, path and query as the client sent them: for `/errors` and `$default`. */
  readonly asked: {
    readonly method: string;
    readonly path: string;
    readonly query: Readonly<Record<string, string>>;
  };
  /** An error's document in the format that the request accepts. */
  readonly errorDocument: (problem: Problem) => RenderedBody;
};

/** Everything that a handler may use: only what the effects of its contract declare. */
export type Context<R extends Resource> = Omit<
  Dependencies,
  'queues' | 'secrets' | 'links' | 'objects' | 'mailer' | 'sms' | 'sidecar' | 'outbound' | 'store' | 'invoke'
> & {
  /** Rows of the request's organization. */
  readonly table: Table<ReadName<EffectOf<R>>>;
  /** Rows of no organization (0), or of another than the request's. */
  readonly tableOf: (organization: number) => Table<ReadName<EffectOf<R>>>;
  readonly queues: Queues<QueueName<EffectOf<R>>, MeasuredQueue<EffectOf<R>>>;
  readonly secrets: Secrets<SecretsOf<EffectOf<R>>>;
  readonly links: Links<LinkedBucket<EffectOf<R>>, UploadBucket<EffectOf<R>>>;
  readonly objects: Objects<
    KeptBucket<EffectOf<R>>,
    KeptBucket<EffectOf<R>> | ReadBucket<EffectOf<R>>,
    ExpiringBucket<EffectOf<R>>
  >;
  readonly ask: (service: AskedService<EffectOf<R>> & ServiceName) => Sidecar;
  readonly outbound: Outbound<CallsOut<EffectOf<R>>>;
  readonly invoke: Invoke<InvokedFunction<EffectOf<R>>>;
  readonly dependencies: Dependencies;
};

export type Outcome<E extends Endpoint, N extends string> = AnswerOf<E> | Change<AnswerOf<E>, N> | CommittedFailure<N>;

export type Handler<R extends Resource, E extends Endpoint> = (
  request: Request<E>,
  context: Context<R>,
) => Promise<Outcome<E, WriteName<EffectOf<R>>>>;

/** A handler of any endpoint. `Handlers` derives its exact type from its contract. */
export type AnyHandler = (request: never, context: never) => Promise<Answer | Change | CommittedFailure>;

/** The endpoints of a stored resource have theirs from `handlersOf` (stored-handlers.ts). */
type HandlerOf<R extends Resource, E extends Endpoint> = E extends { readonly isStored: true }
  ? AnyHandler
  : Handler<R, E>;

/** One handler for each endpoint of the resource, keyed by its route. A missing or an extra one does not compile. */
export type Handlers<R extends Resource> = {
  readonly [K in R['endpoints'][number]['route']]: HandlerOf<R, Extract<R['endpoints'][number], { readonly route: K }>>;
};
