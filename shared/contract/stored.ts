import * as z from 'zod';
import { pageQuery } from '../schema/query.ts';
import {
  ConfirmRemoval,
  Deletion,
  Extension,
  IdInUrl,
  newOrId,
  organizationText,
  Timestamp,
} from '../schema/values.ts';
import { cascadeAfter, type Cascade } from './consequences.ts';
import { reads, records, unique, writes } from './effects.ts';
import { listOf, type Endpoint, type EndpointSpec, type Method } from './endpoint.ts';
import type { Area } from './resource.ts';
import type { Scope } from './scopes.ts';

/**
 * A named resource of an organization that is created, listed, read, replaced and deleted, and nothing else: its
 * endpoints, rows, events, limit and cascades follow from its declaration (README.md, "Stored resources"). An endpoint
 * with a rule of its own is written by hand beside them.
 */

/** Areas with scopes of their name. */
type ScopedArea = Extract<Area, Scope extends infer S ? (S extends `${infer A}:read` ? A : never) : never>;

/** Fields of the body, which are stored and answered as they are. */
type Fields = { readonly name: z.ZodType<string> } & Readonly<Record<string, z.ZodType>>;

/** Whose it is: callers that are limited to their own records have those of their user, and none of no user. */
type Ownership =
  | { readonly owner: 'organization' }
  /** It has a field `user_id`, optional unless `fields` has its schema. */
  | { readonly owner: 'user'; readonly onUserDeleted: 'delete' };

/** Entities that the fields of an item may name. */
type NamedEntity = 'user' | 'device' | 'callflow';

type StoredSpec<P extends string> = Ownership & {
  /** What texts call it, in the singular: `holiday calendar`. */
  readonly noun: string;
  /** What PUT does, if that needs a description. */
  readonly description?: string;
  /** Its scopes are `<area>:read` and `<area>:write`. */
  readonly area: ScopedArea;
  /** Of the list; `<path>/{id}` is that of an item. */
  readonly path: P;
  /** Of its ids. */
  readonly prefix: string;
  /** `name` is unique in the organization; case and accents do not count. */
  readonly fields: Fields;
  /** What its fields may name, which the function that saves it looks up (`violations` of its handlers). */
  readonly reads?: readonly NamedEntity[];
  /** It has the field `extension`, by which phones of the organization call it. */
  readonly hasExtension?: true;
  /** A list of it may have 20 entries or more: a replacement that removes many of them must say so. */
  readonly hasLongLists?: true;
  /** Items of an organization at most. */
  readonly limit: number;
  /** What happens to it when its organization is closed. */
  readonly onClosed: 'delete';
  /** An accepted body. */
  readonly example: Readonly<Record<string, unknown>>;
};

type StoredEffect<E extends string> =
  | { readonly kind: 'reads'; readonly entity: E | NamedEntity | 'device-line' }
  /** The markers of `<entity>-name` keep names unique. */
  | { readonly kind: 'writes'; readonly entity: E | `${E}-name` | 'count' | 'user-extension' }
  | { readonly kind: 'records'; readonly event: `${E}.${'created' | 'updated' | 'deleted'}`; readonly audited: true };

/** An endpoint that follows from a declaration. `shared/http/stored-handlers.ts` has its handler. */
type StoredEndpoint<M extends Method, P extends string, E extends string> = Endpoint<
  `${M} /${P}`,
  EndpointSpec & { readonly effects: readonly StoredEffect<E>[]; readonly isStored: true }
>;

/** A declared resource, with what follows from it. */
export type Stored<E extends string = string, P extends string = string> = StoredSpec<`/${P}`> & {
  readonly entity: E;
  readonly scopes: { readonly read: Scope; readonly write: Scope };
  /** In texts, and as the name of its count. */
  readonly plural: string;
  readonly endpoints: readonly [
    list: StoredEndpoint<'GET', P, E>,
    get: StoredEndpoint<'GET', `${P}/{id}`, E>,
    save: StoredEndpoint<'PUT', `${P}/{id}`, E>,
    remove: StoredEndpoint<'DELETE', `${P}/{id}`, E>,
  ];
  readonly cascades: readonly Cascade[];
  /** Accepted bodies by operation id. */
  readonly examples: Readonly<Record<string, unknown>>;
};

/** `holiday calendar`: `HolidayCalendar`. */
const typeNamed = (noun: string): string => noun.replace(/(?:^| )(.)/g, (_all, first: string) => first.toUpperCase());
const withArticle = (noun: string): string => `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`;

const UserId = z.string().max(81).nullable().default(null).describe('The only user that has it; null: all');

const OwnExtension = Extension.nullable()
  .default(null)
  .describe('Extension of 2 to 8 digits, unique in the organization; null: none');

/** The schemas of the body of PUT, and of an answer. */
function schemasOf({ noun, fields, hasLongLists, owner, hasExtension, prefix, example }: StoredSpec<string>) {
  const ofUser = owner === 'user' ? { user_id: fields['user_id'] ?? UserId } : {};
  const body = z.object({ ...fields, ...ofUser, ...(hasExtension === true ? { extension: OwnExtension } : {}) });
  const answer = z.object({
    id: z.string().describe(`Id of the ${noun}`),
    organization_id: z.string().describe('The organization, such as `org_1001`'),
    ...body.shape,
    created_at: Timestamp.describe('Time of creation'),
    updated_at: Timestamp.describe('Time of the last change'),
  });
  const at = '2026-01-31T12:00:00.000Z';
  const made = { id: `${prefix}_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A`, organization_id: organizationText(1001) };
  return {
    body: (hasLongLists === true ? body.extend({ confirm_removal: ConfirmRemoval }) : body).meta({
      id: `New${typeNamed(noun)}`,
    }),
    answer: answer.meta({
      id: typeNamed(noun),
      example: { ...made, ...body.parse(example), created_at: at, updated_at: at },
    }),
  };
}

type Declared<E extends string> = EndpointSpec & { readonly effects: readonly StoredEffect<E>[] };

const declare = <E extends string, M extends Method, P extends string>(
  method: M,
  path: `/${P}`,
  spec: Declared<E>,
): StoredEndpoint<M, P, E> => ({ ...spec, isStored: true, route: `${method} ${path}`, method, path });

const scopesOf = ({ area }: Pick<StoredSpec<string>, 'area'>) =>
  ({ read: `${area}:read`, write: `${area}:write` }) as const;

type Changed = Pick<StoredSpec<string>, 'hasExtension'>;

/** What every change of an item writes. */
const changesOf = <const E extends string>(entity: E, { hasExtension }: Changed) => [
  writes(entity),
  unique(`${entity}-name` as const),
  writes('count'),
  ...(hasExtension === true ? [unique('user-extension')] : []),
];

const deletionOf = <const E extends string>(entity: E, spec: Changed) => [
  ...changesOf(entity, spec),
  records(`${entity}.deleted` as const),
];

const saveErrorsOf = ({ hasExtension, hasLongLists }: StoredSpec<string>): readonly string[] => [
  'NAME_TAKEN',
  'LIMIT_EXCEEDED',
  ...(hasExtension === true ? ['EXTENSION_TAKEN'] : []),
  ...(hasLongLists === true ? ['REMOVES_MANY'] : []),
];

/** PUT of `new` or of an id. */
function saveSpec<const E extends string>(
  entity: E,
  spec: StoredSpec<string>,
  { body, answer }: ReturnType<typeof schemasOf>,
): Declared<E> {
  const { noun, description, owner, hasExtension, reads: named = [] } = spec;
  const ofUser = {
    errors: ['UNKNOWN_USER'],
    effects: [reads('user')],
    actsOn: { none: `it gets ${withArticle(noun)}` },
  } as const;
  const { errors = [], effects = [], ...more } = owner === 'user' ? ofUser : {};
  return {
    id: `save${typeNamed(noun)}`,
    summary: `Create or replace ${withArticle(noun)}`,
    ...(description === undefined ? {} : { description }),
    scope: scopesOf(spec).write,
    params: { id: newOrId.describe(`\`new\`, or the id of the ${noun} to replace`) },
    nullIsAbsent: true,
    body,
    answers: { 200: answer, 201: answer },
    errors: [...saveErrorsOf(spec), ...errors],
    effects: [
      ...changesOf(entity, spec),
      ...(hasExtension === true ? [reads('device-line')] : []),
      ...effects,
      ...(named.length === 0 ? [] : [reads(entity), ...named.map((each) => reads(each))]),
      records(`${entity}.created` as const),
      records(`${entity}.updated` as const),
    ],
    ...more,
  };
}

function endpointsOf<const E extends string, const P extends string>(
  entity: E,
  spec: StoredSpec<`/${P}`>,
): Stored<E, P>['endpoints'] {
  const { noun, path } = spec;
  const schemas = schemasOf(spec);
  const { answer } = schemas;
  const scopes = scopesOf(spec);
  const params = { id: IdInUrl.describe(`Id of the ${noun}`) };
  const list: Declared<E> = {
    id: `list${typeNamed(noun)}s`,
    summary: `List ${noun}s`,
    description: 'Newest first.',
    scope: scopes.read,
    query: {
      ...pageQuery,
      q: z.string().max(128).optional().describe('Only those whose name contains this text, in any case'),
    },
    answers: { 200: listOf(answer) },
    errors: [],
    effects: [reads(entity)],
  };
  const get: Declared<E> = {
    id: `get${typeNamed(noun)}`,
    summary: `Get ${withArticle(noun)}`,
    scope: scopes.read,
    params,
    answers: { 200: answer },
    errors: [],
    effects: [reads(entity)],
  };
  const remove: Declared<E> = {
    id: `delete${typeNamed(noun)}`,
    summary: `Delete ${withArticle(noun)}`,
    scope: scopes.write,
    params,
    answers: { 200: Deletion },
    errors: [],
    effects: deletionOf(entity, spec),
  };
  const item = `${path}/{id}` as const;
  return [
    declare('GET', path, list),
    declare('GET', item, get),
    declare('PUT', item, saveSpec(entity, spec, schemas)),
    declare('DELETE', item, remove),
  ];
}

/** Declares a stored resource. @param entity of its rows, with which its events begin */
export const stored = <const E extends string, const P extends string>(
  entity: E,
  spec: StoredSpec<`/${P}`>,
): Stored<E, P> => ({
  ...spec,
  entity,
  scopes: scopesOf(spec),
  plural: `${spec.noun}s`,
  endpoints: endpointsOf(entity, spec),
  cascades: [
    cascadeAfter('org.closed', deletionOf(entity, spec)),
    ...(spec.owner === 'user' ? [cascadeAfter('user.deleted', deletionOf(entity, spec))] : []),
  ],
  examples: { [`save${typeNamed(spec.noun)}`]: spec.example },
});

type More = Pick<EndpointSpec, 'bodyText'> & { readonly errors: readonly string[] };

/** The same resource, whose PUT takes and answers more. The handler of what it takes is written by hand. */
export function withSave<const E extends string, const P extends string>(
  of: Stored<E, P>,
  { errors, ...more }: More,
): Stored<E, P> {
  const [list, get, save, remove] = of.endpoints;
  return { ...of, endpoints: [list, get, { ...save, ...more, errors: [...save.errors, ...errors] }, remove] };
}
