import { describe, expect, test } from 'vitest';
import { noon } from '#test/support/dependencies.fixture.ts';
import { textAt } from '#test/support/example-request.ts';
import { cascadesIn } from '#test/support/cascades.fixture.ts';
import { call, outcome, type Call, type Reply } from '#test/support/requests.fixture.ts';
import { startService } from '#test/support/service.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { countRow } from '#dynamodb/rows/count.ts';
import { fileReferenceRow, fileRow, type FileItem } from '#dynamodb/rows/file.ts';
import { newOutbound, publicOnly } from '#outbound/outbound.ts';
import { tableFor } from '#dynamodb/table.ts';
import { overwrite } from '#dynamodb/write.ts';
import { callFlowNameRow, callFlowVersionRow, readCallFlow } from '../rows/call-flow.ts';
import { exampleSteps } from './call-flow.ts';
import { callFlowsHandler } from './handler.ts';

const outbound = newOutbound({ policy: publicOnly, lookup: () => Promise.resolve(['93.184.216.34']) });
/** Texts that were said. Those of a language fail. */
const said: unknown[] = [];
const service = startService((dependencies) =>
  callFlowsHandler({
    ...dependencies,
    outbound,
    // Without its generic parameter: there is one function that answers.
    invoke: async (of, question) => {
      const { texts } = of.question.parse(question) as { texts: readonly { readonly language: string }[] };
      said.push(...texts);
      if (texts.some(({ language }) => language === 'fi')) throw new Error('not available');
      return of.answer.parse({ sounds: texts.map(() => null) }) as never;
    },
    environment: { ...dependencies.environment, SPEECH: 'espeak' },
  }),
);
const silent = startService((dependencies) => callFlowsHandler({ ...dependencies, outbound }));
const cascades = (...step: Parameters<ReturnType<typeof cascadesIn>>) => cascadesIn(service.store)(...step);

type Rows = 'callflow' | 'callflow-version' | 'callflow-name' | 'count' | 'reference' | 'file';

let last = 6000;
async function newTenant(scopes: object = {}) {
  last += 1;
  const organization = last;
  const token = await service.tenants.join(organization, scopes);
  const ask = (route: string, request: Call = {}) => call(service.handler, route, { token, ...request });
  const put = (id: string, json: object, headers = {}) => ask('PUT /callflows/{id}', { params: { id }, json, headers });
  return {
    organization,
    ask,
    put,
    table: tableFor<Rows>(service.store, organization),
    save: async (fields: object = {}, id = 'new') => idOf(await put(id, flow(fields))),
    get: (id: string, query = {}) => ask('GET /callflows/{id}', { params: { id }, query }),
    remove: (id: string, query = {}, headers = {}) => ask('DELETE /callflows/{id}', { params: { id }, query, headers }),
    putSound: (fields: Partial<FileItem> = {}) => putSound(organization, fields),
  };
}

let sounds = 0;
async function putSound(organization: number, fields: Partial<FileItem>): Promise<string> {
  sounds += 1;
  const id = `file_${sounds}`;
  const content = { number: 1, content_type: 'audio/wav', size: 100, sha256: 'x' };
  const file = { id, name: id, kind: 'sound', content, upload: null, version: 1, ...fields } as FileItem;
  await commit(service.store, organization, [overwrite(fileRow, file)]);
  return id;
}

const flow = (fields: object = {}) => ({ name: 'Main', start: 'welcome', steps: exampleSteps, ...fields });
const only = (step: object) => ({ start: 'one', steps: { one: step } });
const idOf = ({ body }: Reply): string => body.data['id'] ?? '';
const pathsIn = ({ body }: Reply): string[] => body.error.details.map(({ path }) => path);

describe('PUT /callflows/{id}', () => {
  test('creates a flow, and replaces it as its next version', async () => {
    const { organization, put, get } = await newTenant();
    const made = await put('new', flow());
    expect(made).toMatchObject({ status: 201, headers: { etag: '"1"' } });
    const id = idOf(made);
    expect(made.body.data).toMatchObject({
      id: expect.stringMatching(/^flow_/),
      organization_id: `org_${organization}`,
      name: 'Main',
      language: 'en',
      step_count: 4,
      enabled: true,
      external_policy: null,
      references: [],
      warnings: [],
      created_at: noon.toISOString(),
    });
    const replaced = await put(id, flow({ ...only({ type: 'hangup' }), name: 'Night' }));
    expect([outcome(replaced), replaced.headers['etag']]).toEqual(['200', '"2"']);
    expect((await get(id)).body.data).toMatchObject({ name: 'Night', start: 'one', version: 2 });
    expect((await get(id, { version: '1' })).body.data).toMatchObject({ name: 'Main', start: 'welcome', version: 1 });
    expect(outcome(await get(id, { version: '3' }))).toBe('404 NOT_FOUND');
  });

  test('only the version that the client names is replaced', async () => {
    const { put, save } = await newTenant();
    const id = await save();
    expect(outcome(await put(id, flow(), { 'if-match': '"2"' }))).toBe('409 VERSION_CONFLICT');
    expect(outcome(await put(id, flow(), { 'if-match': '"1"' }))).toBe('200');
  });

  test('names are unique in any case, and a name that was given up is free', async () => {
    const { put, save } = await newTenant();
    const id = await save({ name: 'Main' });
    expect(outcome(await put('new', flow({ name: 'MAIN' })))).toBe('409 NAME_TAKEN');
    await save({ name: 'Other' }, id);
    expect(outcome(await put('new', flow({ name: 'MAIN' })))).toBe('201');
  });

  test('the last 50 versions are kept', async () => {
    const { put, save, get } = await newTenant();
    const id = await save();
    for (let version = 2; version <= 52; version += 1) await put(id, flow());
    expect(outcome(await get(id, { version: '2' }))).toBe('404 NOT_FOUND');
    expect(outcome(await get(id, { version: '3' }))).toBe('200');
    expect((await get(id)).body.data).toMatchObject({ version: 52 });
  });

  test('an end key may be null, and an external policy', async () => {
    const { put, get } = await newTenant();
    const steps = only({ type: 'collect', max: 4, end_key: null, into: 'pin' });
    const id = idOf(await put('new', flow({ ...steps, external_policy: null })));
    expect((await get(id)).body.data).toMatchObject({ steps: { one: { end_key: null, min: 1, timeout_seconds: 5 } } });
  });

  test('files, users, mailboxes, flows, policies and numbers must exist in the organization', async () => {
    const { put, putSound } = await newTenant();
    const strangers = await newTenant();
    const file = await strangers.putSound();
    const steps = {
      hello: { type: 'play', prompt: [{ file }, { file: await putSound() }] },
      call: {
        type: 'dial',
        to: [{ user: 'user_none' }],
        caller_id: '+4930123',
        music: await putSound({ content: null }),
      },
      box: { type: 'voicemail', mailbox: '203', greeting: { file: await putSound({ kind: 'greeting' }) } },
      other: { type: 'goto', flow: await strangers.save() },
    };
    const rejected = await put('new', flow({ start: 'hello', steps, external_policy: 'pol_none' }));
    expect(outcome(rejected)).toBe('422 VALIDATION_FAILED');
    expect(pathsIn(rejected)).toEqual([
      'external_policy',
      'steps.hello.prompt[0].file',
      'steps.call.to[0].user',
      'steps.call.music',
      'steps.call.caller_id',
      'steps.box.greeting.file',
      'steps.box.mailbox',
      'steps.other.flow',
    ]);
  });

  test('a webhook has a URL that the platform may call', async () => {
    const { put } = await newTenant();
    const rejected = await put('new', flow(only({ type: 'webhook', url: 'https://127.0.0.1/steps' })));
    expect([outcome(rejected), pathsIn(rejected)]).toEqual(['422 WEBHOOK_URL_NOT_ALLOWED', ['steps.one.url']]);
  });

  test.each([
    [{ type: 'play', prompt: { say: 'Hello', language: 'tlh' } }, '422 VALIDATION_FAILED'],
    [{ type: 'queue' }, '422 NOT_YET_SUPPORTED'],
    [{ type: 'dial', to: ['112'] }, '422 VALIDATION_FAILED'],
    [{ type: 'hangup', reason: 'tired' }, '422 VALIDATION_FAILED'],
    [{ type: 'pause', seconds: 1, next: 'two' }, '422 VALIDATION_FAILED'],
  ])('the step %j is %s', async (step, expected) => {
    const { put } = await newTenant();
    const rejected = await put('new', flow(only(step)));
    expect(outcome(rejected)).toBe(expected);
    expect(pathsIn(rejected)[0]).toMatch(/^steps\.one\./);
  });

  test('without a provider of speech, a flow says nothing', async () => {
    const token = await silent.tenants.join(5_999, {});
    const json = flow(only({ type: 'play', prompt: { say: 'Hello' } }));
    const rejected = await call(silent.handler, 'PUT /callflows/{id}', { token, params: { id: 'new' }, json });
    expect([outcome(rejected), pathsIn(rejected)]).toEqual(['422 SPEECH_UNAVAILABLE', ['steps.one.prompt.say']]);
  });

  test('texts without variables are said when a flow is saved, each once', async () => {
    const { save } = await newTenant();
    said.length = 0;
    const prompt = [{ say: 'One' }, { say: 'One' }, { say: 'Dear {{caller}}' }, { say: 'Eins', language: 'de' }];
    const id = await save(only({ type: 'play', prompt }));
    const texts = [
      { text: 'One', language: 'en' },
      { text: 'Eins', language: 'de' },
    ];
    expect(said).toEqual(texts);
    await save(only({ type: 'play', prompt }), id);
    expect(said).toEqual([...texts, ...texts]);
  });

  test('a flow is saved although its texts cannot be said now', async () => {
    const { put } = await newTenant();
    const json = flow({ ...only({ type: 'play', prompt: { say: 'Hei' } }), language: 'fi' });
    expect(outcome(await put('new', json))).toBe('201');
    expect(said).toContainEqual({ text: 'Hei', language: 'fi' });
  });

  test('all sounds and flows that a flow may name can change at once', async () => {
    const { put, save, putSound } = await newTenant();
    const others: string[] = [];
    for (let at = 0; at < 16; at += 1) others.push(await save({ name: `Other ${at}` }));
    const steps = async (half: number) => ({
      hello: {
        type: 'play',
        prompt: await Promise.all(Array.from({ length: 20 }, async () => ({ file: await putSound() }))),
      },
      ...Object.fromEntries(
        others.slice(8 * half, 8 * half + 8).map((flow, at): [string, object] => [`go${at}`, { type: 'goto', flow }]),
      ),
    });
    const made = await put('new', flow({ start: 'hello', steps: await steps(0) }));
    expect(outcome(made)).toBe('201');
    const replaced = await put(idOf(made), flow({ name: 'Renamed', start: 'hello', steps: await steps(1) }));
    expect(outcome(replaced)).toBe('200');
  });

  test('an organization has 1,000 flows at most', async () => {
    const { organization, put } = await newTenant();
    await commit(service.store, organization, [overwrite(countRow, { of: 'call flows', value: 1_000 })]);
    expect(outcome(await put('new', flow()))).toBe('422 LIMIT_EXCEEDED');
  });

  test('a step that no call reaches is a warning', async () => {
    const { put } = await newTenant();
    const made = await put('new', flow({ steps: { ...exampleSteps, lost: { type: 'hangup' } } }));
    expect(made.body.data).toMatchObject({ warnings: ['No call reaches the step lost'] });
  });
});

describe('GET /callflows', () => {
  test('lists the newest first, without steps, and filters', async () => {
    const { ask, save } = await newTenant();
    await save({ name: 'Day' });
    await save({ name: 'Night', enabled: false });
    const names = async (query: Record<string, string>) =>
      Object.values((await ask('GET /callflows', { query })).body.data).map((item) => textAt(item, 'name'));
    expect(await names({})).toEqual(['Night', 'Day']);
    expect(await names({ q: 'DAY' })).toEqual(['Day']);
    expect(await names({ enabled: 'false' })).toEqual(['Night']);
    expect(JSON.stringify((await ask('GET /callflows')).body)).not.toContain('sales');
  });

  test('another organization finds nothing', async () => {
    const { save } = await newTenant();
    const strangers = await newTenant();
    const id = await save();
    expect(outcome(await strangers.get(id))).toBe('404 NOT_FOUND');
    expect(outcome(await strangers.put(id, flow()))).toBe('404 NOT_FOUND');
    expect(outcome(await strangers.remove(id, { force: 'true' }))).toBe('404 NOT_FOUND');
  });
});

describe('DELETE /callflows/{id}', () => {
  test('deletes a flow with its versions, and frees its name', async () => {
    const { organization, table, put, save, get, remove } = await newTenant();
    const id = await save();
    await save({}, id);
    expect(outcome(await remove(id, {}, { 'if-match': '"1"' }))).toBe('409 VERSION_CONFLICT');
    expect(outcome(await remove(id))).toBe('200');
    expect(outcome(await get(id))).toBe('404 NOT_FOUND');
    await cascades(organization, 'callflow.deleted', id);
    expect((await table.query(callFlowVersionRow, { id })).items).toEqual([]);
    expect(outcome(await put('new', flow()))).toBe('201');
    expect(await table.get(countRow, { of: 'call flows' })).toMatchObject({ value: 1 });
  });

  test('a flow that another one uses is deleted with force only', async () => {
    const { organization, table, save, get, remove } = await newTenant();
    const used = await save();
    const user = await save({ name: 'User', ...only({ type: 'goto', flow: used }) });
    expect((await get(used)).body.data).toMatchObject({ references: [{ type: 'callflow', id: user }] });
    const rejected = await remove(used);
    expect([outcome(rejected), pathsIn(rejected)]).toEqual(['409 FLOW_IN_USE', [`callflow/${user}`]]);
    expect(outcome(await remove(used, { force: 'true' }))).toBe('200');
    await cascades(organization, 'callflow.deleted', used);
    expect((await table.query(fileReferenceRow, { resource: used })).items).toEqual([]);
  });

  test('a flow that no longer uses another one frees it', async () => {
    const { save, remove } = await newTenant();
    const used = await save();
    const user = await save({ name: 'User', ...only({ type: 'goto', flow: used }) });
    await save({ name: 'User', ...only({ type: 'goto', flow: user }) }, user);
    expect(outcome(await remove(used))).toBe('200');
    expect(outcome(await remove(user))).toBe('200');
  });

  test('a sound is in use while a flow plays it', async () => {
    const { organization, table, putSound, save, remove } = await newTenant();
    const file = await putSound();
    const of = async () => (await table.query(fileReferenceRow, { resource: file })).items.map(({ id }) => id);
    const id = await save(only({ type: 'play', prompt: { file } }));
    expect(await of()).toEqual([id]);
    await save({}, id);
    expect(await of()).toEqual([]);
    await save(only({ type: 'play', prompt: { file } }), id);
    await remove(id);
    expect(await of()).toEqual([]);
    await save({ name: 'Again', ...only({ type: 'play', prompt: { file } }) });
    await cascades(organization, 'file.deleted', file);
    expect(await of()).toEqual([]);
  });
});

test('a closed organization keeps no flow', async () => {
  const { organization, table, putSound, save } = await newTenant();
  const id = await save(only({ type: 'play', prompt: { file: await putSound() } }));
  await save({}, id);
  await save({ name: 'Two', ...only({ type: 'goto', flow: id }) });
  expect(await readCallFlow(table, id)).toMatchObject({ id, version: 2 });
  await cascades(organization, 'org.closed', String(organization));
  expect(await readCallFlow(table, id, 1)).toBeUndefined();
  expect(await readCallFlow(table, id)).toBeUndefined();
  expect((await table.query(callFlowNameRow, {})).items).toEqual([]);
});

describe('POST /callflows/{id}/simulate', () => {
  test('walks through a saved flow, one of its versions, or a draft', async () => {
    const { ask, save } = await newTenant();
    const id = await save();
    await save(only({ type: 'hangup', reason: 'rejected' }), id);
    const simulate = (params: { id: string }, json: object) => ask('POST /callflows/{id}/simulate', { params, json });
    expect((await simulate({ id }, {})).body.data).toMatchObject({ ended: true, status: 603 });
    const first = await simulate({ id }, { version: 1, events: [{ digits: '1' }] });
    expect(first.body.data).toMatchObject({ waits_for: 'dial', steps: [{ step: 'welcome' }, { step: 'sales' }] });
    const draft = { start: 'one', steps: { one: { type: 'play', prompt: { say: 'Hi {{caller}}' } } } };
    const walked = await simulate({ id: 'new' }, { flow: draft, caller: '+4930123' });
    expect(walked.body.data).toMatchObject({ steps: [{ flow: 'new', played: [{ text: 'Hi +4930123' }] }] });
    expect(outcome(await simulate({ id: 'new' }, {}))).toBe('422 VALIDATION_FAILED');
    expect(outcome(await simulate({ id }, { version: 9 }))).toBe('404 NOT_FOUND');
    const wrong = { flow: { ...draft, start: 'two' } };
    expect(outcome(await simulate({ id }, wrong))).toBe('422 VALIDATION_FAILED');
  });

  test('goes on in other flows of the organization only', async () => {
    const { ask, save } = await newTenant();
    const strangers = await newTenant();
    const walk = async (flow: string) => {
      const json = { flow: only({ type: 'goto', flow }) };
      return (await ask('POST /callflows/{id}/simulate', { params: { id: 'new' }, json })).body.data;
    };
    expect(await walk(await save())).toMatchObject({ waits_for: 'digits' });
    expect(await walk(await strangers.save())).toMatchObject({ ended: true, warnings: [expect.any(String)] });
  });

  test('flows that go to each other end', async () => {
    const { ask, save } = await newTenant();
    const first = await save({ name: 'One' });
    const second = await save({ name: 'Two', ...only({ type: 'goto', flow: first }) });
    await save({ name: 'One', ...only({ type: 'goto', flow: second }) }, first);
    const { body } = await ask('POST /callflows/{id}/simulate', { params: { id: first }, json: {} });
    expect(body.data).toMatchObject({ ended: true, warnings: [expect.any(String)] });
  });
});
