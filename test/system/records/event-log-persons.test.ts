import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { verify } from '#bin/verify-event-log.ts';
import { forgetPerson, personKeyRow } from '#functions/platform/rows/person-key.ts';
import { tableFor } from '#dynamodb/table.ts';
import { transact } from '#dynamodb/transact.ts';
import type { EventLogEntry } from '#schema/event-log.ts';
import { sealsFrom } from '#secrets/seals.ts';
import { eventually } from '#test/support/eventually.ts';
import { connect } from '../cloud.ts';
import { secretsOf, storeOf } from '../people.ts';
import { newAdministeredTenant, outcome, texts, uniqueName, type Ask } from '../tenant.fixture.ts';

/** The persons of the event log over HTTP: named, and forgotten. */

const local = test.skipIf(connect().outputs.AwsEndpointUrl === undefined);
const store = () => storeOf(connect().outputs);

const entriesOf = async (ask: Ask, id: string, filter: object = {}): Promise<readonly EventLogEntry[]> => {
  const answer = await ask('POST', `/eventlog/${id}`, { per_page: 500, sort_order: 'asc', ...filter });
  expect(outcome(answer)).toBe('200');
  return (answer.body as { data: { results: EventLogEntry[] } }).data.results;
};

/** The whole log, after all of it is sealed. */
const sealedLog = (ask: Ask, id: string, length: number) =>
  eventually(async () => {
    const entries = await entriesOf(ask, id);
    expect(entries.length).toBeGreaterThanOrEqual(length);
    expect(JSON.stringify(entries)).not.toContain('"pending"');
    return entries;
  });

/** What an auditor finds in the answers alone. */
const findingsIn = (entries: readonly EventLogEntry[]) =>
  verify(entries.map((entry) => JSON.stringify(entry)).join('\n')).findings;

const forget = (organization: number, person: string) => {
  const context = { store: store(), clock: () => new Date(), random: Math.random, nextId: uniqueName };
  return forgetPerson(organization, person, {
    tableOf: (of) => tableFor(context.store, of),
    transact: (of, decide) => transact(context, { organization: of, decide }),
    seals: sealsFrom(secretsOf(connect().outputs, 'sealing-keys')),
    clock: context.clock,
  });
};

/** The stored items of partitions, as text. */
async function storedIn(...partitions: readonly string[]): Promise<string> {
  const { client, tableName: TableName } = store();
  const found = await Promise.all(
    partitions.map((partition) =>
      client.send(
        new QueryCommand({
          TableName,
          KeyConditionExpression: 'PK = :partition',
          ExpressionAttributeValues: { ':partition': { S: partition } },
        }),
      ),
    ),
  );
  return JSON.stringify(found.map(({ Items }) => Items));
}

local('a user is named in the log until it is forgotten, and the chain holds before and after', async () => {
  const { id, organization, username: admin, userId, ask } = await newAdministeredTenant('persons');
  const [username, other] = [uniqueName('robin'), uniqueName('other')];
  const made = await ask('PUT', '/users', {
    ...{
      username,
      display_name: 'Robin Quillfeather',
      email: `${username}@example.com`,
      password: 'Amber-Falcon-Ridge-9',
    },
  });
  expect(outcome(made)).toBe('201');
  const user = texts(made)['id'] ?? '';
  expect(outcome(await ask('POST', `/users/${user}`, { display_name: 'Robin Marrowby' }))).toBe('200');
  expect(
    outcome(await ask('PUT', '/users', { username: other, display_name: 'O', password: 'Amber-Falcon-Ridge-9' })),
  ).toBe('201');
  const before = await sealedLog(ask, id, 5);
  const updated = before.find(({ event_type }) => event_type === 'user.updated');
  expect(updated).toMatchObject({
    actor: { id: userId, name: admin },
    description: `User ${username} updated`,
    metadata: { changes: { display_name: { old: 'Robin Quillfeather', new: 'Robin Marrowby' } } },
  });
  expect(findingsIn(before)).toEqual([]);
  expect(findingsIn(before.map((entry) => ({ ...entry, description: `${entry.description}!` }))).length).toBe(
    before.length,
  );
  const read = await ask('GET', `/eventlog/${id}/${updated?.event_log_id}`);
  expect((read.body as { data: unknown }).data).toEqual(updated);
  expect((await entriesOf(ask, id, { search_text: username })).length).toBe(2);
  // Nothing of the names is stored in clear even now.
  const clear = new RegExp(`Quillfeather|Marrowby|${username}|${other}`);
  expect(await storedIn(`eventlog#${organization}`)).not.toMatch(clear);

  await forget(organization, user);
  const after = await sealedLog(ask, id, before.length);
  expect(findingsIn(after)).toEqual([]);
  expect(after.find(({ event_type }) => event_type === 'user.updated')).toMatchObject({
    actor: { id: userId, name: admin },
    resource: { type: 'user', id: user, name: null },
    description: 'Erased',
    metadata: {},
    chain: { hash: updated?.chain.hash },
  });
  expect(JSON.stringify(after)).not.toMatch(new RegExp(`Quillfeather|Marrowby|${username}`));
  expect(JSON.stringify(after)).toContain(`User ${other} created`);
  expect(await entriesOf(ask, id, { search_text: username })).toEqual([]);
  expect((await tableFor<'personkey'>(store(), 0).query(personKeyRow, { person: user })).items).toEqual([]);
  expect(await storedIn(`eventlog#${organization}`, `personkey#${user}`, `personerasure#${user}`)).not.toMatch(clear);

  // What happens to the user later names no one, either.
  expect(outcome(await ask('DELETE', `/users/${user}?force=true`))).toBe('200');
  const last = await sealedLog(ask, id, before.length + 1);
  expect(last.find(({ event_type }) => event_type === 'user.deleted')).toMatchObject({ description: 'Erased' });
  expect(findingsIn(last)).toEqual([]);
});

local('a number is found in the log until it is forgotten, and stored nowhere in it', async () => {
  const { id, organization, ask } = await newAdministeredTenant('outsider');
  const number = '+14155550142';
  const about = { resource_type: 'sms_optout', resource_id: number };
  expect(outcome(await ask('PUT', `/smsoptouts/${encodeURIComponent(number)}`, { reason: 'by phone' }))).toBe('201');
  const before = await sealedLog(ask, id, 3);
  await eventually(async () => expect((await entriesOf(ask, id, about)).length).toBe(1));
  expect(before.at(-1)).toMatchObject({ resource: { id: number }, metadata: { number } });
  const stored = () => storedIn(`eventlog#${organization}`, `outsider#${organization}`);
  expect(await stored()).not.toContain(number);
  await forget(organization, number);
  const after = await sealedLog(ask, id, before.length);
  expect(after.at(-1)).toMatchObject({ resource: { type: 'sms_optout', id: null }, description: 'Erased' });
  expect(findingsIn(after)).toEqual([]);
  expect(await entriesOf(ask, id, about)).toEqual([]);
  expect(await stored()).not.toContain(number);
});
