import type { Context } from 'aws-lambda';
import { monotonicFactory } from 'ulid';
import * as z from 'zod';
import { reads, records, unique, writes } from '#contract/effects.ts';
import { endpoint, listOf } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import type { Store } from '#dynamodb/client.ts';
import { prefetchByPathId } from '#dynamodb/prefetch.ts';
import { readPage } from '#dynamodb/page.ts';
import { incrementCount } from '#dynamodb/rows/count.ts';
import { create, remove, replace, inOrganization } from '#dynamodb/write.ts';
import { commits, created, ok, page, commitsThenThrows } from '#http/answers/answer.ts';
import type { RequestLine } from '#runtime/log.ts';
import type { Dependencies } from '#runtime/dependencies.ts';
import { assertPinnedVersion } from '#http/pinned-version.ts';
import { serve, type ApiHandler } from '#http/serve.ts';
import { pageQuery } from '#schema/query.ts';
import { Deletion, IdInUrl, Name, newOrId } from '#schema/values.ts';
import { AppError, errorKinds, found } from '#errors.ts';
import { issuer, noon, testDependencies } from './dependencies.fixture.ts';
import { eventOf, type TestRequest } from './requests.fixture.ts';
import { toyNameRow, toyRow, type Toy as ToyItem } from './toys.fixture.ts';

/** The smallest resource that uses every feature of the request pipeline. */

const Toy = z.object({ id: z.string(), name: z.string(), kind: z.string() });
const NewToy = z.object({ name: Name, kind: z.enum(['even', 'odd']).optional(), secret: z.string().optional() });
const spec = { summary: 'Toy', errors: [] } as const;
const params = { id: IdInUrl };

const listToys = endpoint('GET /toys', {
  ...spec,
  scope: 'telephony:read',
  query: { ...pageQuery, kind: z.enum(['even', 'odd']).optional() },
  answers: { 200: listOf(Toy) },
  effects: [reads('trunk')],
});
const getToy = endpoint('GET /toys/{id}', {
  ...spec,
  scope: 'telephony:read',
  params,
  answers: { 200: Toy },
  effects: [reads('trunk')],
});
const putToy = endpoint('PUT /toys/{id}', {
  ...spec,
  scope: 'telephony:write',
  params: { id: newOrId },
  body: NewToy,
  answers: { 200: Toy, 201: Toy },
  effects: [writes('trunk'), unique('trunk-name'), writes('count'), records('trunk.created'), records('trunk.updated')],
});
const deleteToy = endpoint('DELETE /toys/{id}', {
  ...spec,
  scope: 'telephony:write',
  params,
  answers: { 200: Deletion },
  effects: [writes('trunk'), unique('trunk-name'), records('trunk.deleted')],
});
const toyErrors = errorKinds({ RATE_LIMIT_EXCEEDED: [429, 'Too many requests.'] });

/** An endpoint with another response format, which has no 422 and its own name of an error. */
const strictToy = endpoint('POST /strict/{id}', {
  ...spec,
  scope: 'any',
  params,
  body: NewToy,
  format: 'voipbin',
  brokenRule: 400,
  errorNames: { RATE_LIMITED: toyErrors.RATE_LIMIT_EXCEEDED },
  answers: { 200: Toy },
  effects: [reads('trunk')],
});
const wrongToy = endpoint('GET /wrong', { ...spec, scope: 'any', answers: { 200: Toy }, effects: [] });
const brokenToy = endpoint('GET /broken', { ...spec, scope: 'any', answers: { 200: Toy }, effects: [] });
/** Its handler writes, although it declares no write. */
const carelessToy = endpoint('GET /careless', { ...spec, scope: 'any', answers: { 200: Toy }, effects: [] });
const secretToy = endpoint('PUT /secrets', {
  ...spec,
  scope: 'any',
  answersSecret: true,
  cacheControl: 'private',
  answers: { 200: Toy },
  effects: [writes('trunk')],
});
/** Counts failures although it rejects the request. */
const logInToy = endpoint('POST /door', {
  ...spec,
  scope: 'public',
  rate: 'login',
  body: z.object({ username: z.string(), password: z.string() }),
  answers: { 200: Toy },
  effects: [writes('trunk')],
});
const open = endpoint('GET /open', {
  ...spec,
  scope: 'public',
  rate: 'none',
  whileSuspended: true,
  answers: { 200: Toy },
  effects: [],
});
const anyway = endpoint('GET /anyway', {
  ...spec,
  scope: 'any',
  whileSuspended: true,
  whilePasswordExpired: true,
  answers: { 200: Toy },
  effects: [],
});

export const toyShop = resource('toys', {
  area: 'telephony',
  format: 'standard',
  errors: toyErrors,
  endpoints: [
    listToys,
    getToy,
    putToy,
    deleteToy,
    strictToy,
    wrongToy,
    brokenToy,
    carelessToy,
    secretToy,
    logInToy,
    open,
    anyway,
  ],
});

const some: ToyItem = { id: 'trunk_1', name: 'Some', kind: 'odd', version: 1 };
const fieldsOf = ({ name, kind = 'odd', secret }: z.output<typeof NewToy>) => ({
  name,
  kind,
  ...(secret === undefined ? {} : { secret }),
});
const nameWrite = (toy: ToyItem) =>
  create(toyNameRow, { name: toy.name.toLowerCase(), owner: toy.id }, 'NAME_TAKEN', `A toy named ${toy.name} exists`);
const entityOf = ({ id }: ToyItem) => ({ type: 'trunk', id });

/** Called between the reads of a handler and its answer, for the write of another request. */
export type Interruption = { run: () => Promise<void> };

export const toyHandler = (
  dependencies: Dependencies,
  interruption: Interruption = { run: async () => undefined },
): ApiHandler =>
  serve(
    toyShop,
    {
      [listToys.route]: async ({ query, page: wanted }, { table }) =>
        page(
          await readPage(wanted(), {
            read: (range) => table.query(toyRow, {}, range),
            keep: ({ kind }) => query.kind === undefined || kind === query.kind,
          }),
        ),

      [getToy.route]: async ({ params: { id } }, { table }) => {
        const toy = found(await table.get(toyRow, { id }), 'Toy');
        return ok(toy, { version: toy.version });
      },

      [putToy.route]: async ({ params: { id }, body, record, organization, pinnedVersion }, { table, nextId }) => {
        if (id === 'new') {
          const toy = { ...fieldsOf(body()), id: nextId('trunk'), version: 1 };
          return commits(
            [
              create(toyRow, toy),
              nameWrite(toy),
              incrementCount('toys', organization.limits.max_trunks),
              record('trunk.created', { entity: entityOf(toy), description: `Toy ${toy.name} created`, after: toy }),
            ],
            created(toy, { version: 1 }),
          );
        }
        const before = found(await table.get(toyRow, { id }), 'Toy');
        const after = {
          ...before,
          ...fieldsOf(body()),
          version: assertPinnedVersion(before, pinnedVersion).version + 1,
        };
        await interruption.run();
        return commits(
          [
            replace(toyRow, after, before),
            record('trunk.updated', {
              entity: entityOf(after),
              description: `Toy ${after.name} updated`,
              before,
              after,
            }),
          ],
          ok(after, { version: after.version }),
        );
      },

      [deleteToy.route]: async ({ params: { id }, record, now, pinnedVersion }, { table }) => {
        const toy = assertPinnedVersion(found(await table.get(toyRow, { id }), 'Toy'), pinnedVersion);
        return commits(
          [
            remove(toyRow, toy, toy),
            remove(toyNameRow, { name: toy.name.toLowerCase() }),
            record('trunk.deleted', { entity: entityOf(toy), description: `Toy ${toy.name} deleted`, before: toy }),
          ],
          ok({ id, deleted_at: now.toISOString() }),
        );
      },

      [strictToy.route]: async ({ params: { id }, body }, { table }) => {
        const toy = found(await table.get(toyRow, { id }), 'Toy');
        const { name } = body();
        if (name === 'busy') throw new AppError(toyErrors.RATE_LIMIT_EXCEEDED, 'another time');
        if (name === 'forbidden') throw new AppError('VALIDATION_FAILED', 'not that name');
        return ok({ ...toy, name });
      },

      [wrongToy.route]: async () => ok({ ...some, name: JSON.parse('{"secret":"hunter2"}') as string }),
      [brokenToy.route]: async () => {
        throw new TypeError('something is not a function');
      },
      [carelessToy.route]: async (_, { nextId }) => {
        const toy = { ...some, id: nextId('trunk'), name: 'Careless' };
        return commits([create(toyRow, toy)], ok(toy));
      },
      [secretToy.route]: async (_, { nextId }) => {
        const toy = { ...some, id: nextId('trunk') };
        return commits([create(toyRow, toy)], ok(toy));
      },
      [logInToy.route]: async ({ body }, { nextId }) =>
        commitsThenThrows(
          inOrganization(1001, [create(toyRow, { ...some, id: nextId('trunk'), name: body().username })]),
          new AppError('INVALID_CREDENTIALS', 'No'),
        ),
      [open.route]: async () => ok(some),
      [anyway.route]: async () => ok(some),
    },
    { ...dependencies, prefetch: prefetchByPathId(toyRow) },
  );

/** What the toy handler logged. */
export type Written = {
  readonly requests: RequestLine[];
  readonly faults: { readonly error: unknown; readonly what: string | undefined }[];
};

export function toyDependencies(
  store: Store,
  environment: Readonly<Record<string, string>> = {},
): { readonly dependencies: Dependencies; readonly written: Written } {
  const ulid = monotonicFactory();
  const written: Written = { requests: [], faults: [] };
  const dependencies: Dependencies = {
    ...testDependencies(store),
    clock: () => noon,
    // Real time: ids that several dependencies make at one manual time would not be in order.
    nextId: (prefix) => `${prefix}_${ulid()}`,
    log: {
      request: (line) => void written.requests.push(line),
      fault: (error, _, what) => void written.faults.push({ error, what }),
      note: () => undefined,
    },
    environment: { PUBLIC_URL: issuer, ...environment },
  };
  return { dependencies, written };
}

export type Reply = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly body: unknown;
  readonly code: string | undefined;
};

const codeIn = (body: unknown): string | undefined => {
  const { error } = body as { readonly error?: { readonly code?: string } | string };
  return typeof error === 'object' ? error.code : error;
};

/** Calls a function; the answer is JSON unless the headers request another format. */
export async function ask(
  handler: ApiHandler,
  route: string,
  { token, headers, ...asked }: TestRequest & { readonly token?: string } = {},
): Promise<Reply> {
  const bearer = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const result = await handler(
    eventOf(route, { ...asked, headers: { accept: 'application/json', ...bearer, ...headers } }),
    {} as Context,
  );
  const text = result.body ?? '';
  const body: unknown = text.startsWith('{') ? JSON.parse(text) : {};
  return {
    status: result.statusCode ?? 0,
    headers: result.headers as Record<string, string>,
    text,
    body,
    code: codeIn(body),
  };
}
