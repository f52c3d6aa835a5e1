import { expect, test } from 'vitest';
import { manualClock, testDependencies } from '#test/support/dependencies.fixture.ts';
import { addOrganization, addUser } from '#test/support/accounts.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { tableFor } from '#dynamodb/table.ts';
import { create } from '#dynamodb/write.ts';
import { recorder, systemOrigin } from '#runtime/event-record.ts';
import { foreignIdValueRow } from '../foreign-ids/row.ts';
import { actorOf, findUser, type FinishRequest, type SingleSignOnContext } from './account-steps.ts';
import type { Redeemed } from './provider-steps.ts';
import { changeSetUp, type SalesforceChange } from './set-up.ts';

const stores = testStore();

let organizations = 7_000;
const id = '001D000000IRFmaIAH';

/** Looks for the user of a person in a new organization. */
async function visit(wanted: SalesforceChange, claims: object = {}) {
  const organization = await addOrganization(stores.store, (organizations += 1));
  const { org_id: number } = organization;
  const { nextId, now } = testDependencies(stores.store, { clock: manualClock() });
  const body = { client_id: 'c', client_secret: 's', redirect_uris: ['https://a.example.com'], ...wanted };
  const setUp = changeSetUp(undefined, body, [], now.toISOString());
  const request = {
    now,
    recordIn: (of: number) => recorder({ origin: systemOrigin, organization: of, now, nextId }),
  } as Pick<FinishRequest, 'now' | 'recordIn'> as FinishRequest;
  const context = {
    tableOf: (of: number) => tableFor(stores.store, of),
    nextId,
  } as Pick<SingleSignOnContext, 'tableOf' | 'nextId'> as SingleSignOnContext;
  let asked = 0;
  const redeemed = { userInfo: async () => ((asked += 1), { sub: 's', ...claims }) } as Pick<
    Redeemed,
    'userInfo'
  > as Redeemed;
  return {
    number,
    find: () => findUser(request, context, redeemed, { organization, setUp, id }),
    asked: () => asked,
  };
}
const verified = (email: string) => ({ email, email_verified: true });
const rejected = expect.objectContaining({ code: 'SSO_USER_NOT_PERMITTED' }) as Error;

test('the user with the id in its short form is found, and nothing more is asked of Salesforce', async () => {
  const { number, find, asked } = await visit({});
  const { user } = await addUser(stores.store, `linked-${number}`, { organization: number });
  await commit(stores.store, number, [
    create(foreignIdValueRow, { type: 'salesforce', value: id.slice(0, 15), owner: user.id }),
  ]);
  expect(await find()).toMatchObject({ user: { id: user.id }, isNew: false, writes: [] });
  expect(asked()).toBe(0);
});

test('an unknown person is let in only if the set-up says so', async () => {
  const { find, asked } = await visit({});
  await expect(find()).rejects.toThrow(rejected);
  expect(asked()).toBe(0);
});

test('a user is linked by the address, and a contact or service account is not', async () => {
  const { number, find } = await visit({ auto_link: true }, verified(`ann-${organizations + 1}@example.com`));
  await expect(find()).rejects.toThrow(rejected);
  const { user } = await addUser(stores.store, `ann-${number}`, {
    organization: number,
    email: `ann-${number}@example.com`,
  });
  const found = await find();
  expect(found).toMatchObject({ user: { id: user.id }, isNew: false });
  expect(found.writes.map(({ effect }) => effect)).toContain('event:auth.sso.linked');
});

test('a user is linked by any form of the address, and by that of no other person', async () => {
  const others = ['fran\u212a@bücher.example', 'frank@b\u0443cher.example'];
  const addUserWith = (organization: number) =>
    addUser(stores.store, `frank-${organization}`, { organization, email: 'frank@xn--bcher-kva.example' });
  for (const email of others) {
    const { number, find } = await visit({ auto_link: true }, verified(email));
    await addUserWith(number);
    await expect(find()).rejects.toThrow(rejected);
  }
  const { number, find } = await visit({ auto_link: true }, verified('Frank@Bücher.example'));
  const { user } = await addUserWith(number);
  expect(await find()).toMatchObject({ user: { id: user.id }, isNew: false });
});

test('a person whose address is verified as a text is let in only if the set-up takes that', async () => {
  const claims = { email: `o'brien-${organizations}@example.org`, email_verified: 'true' };
  await expect((await visit({ auto_provision: true }, claims)).find()).rejects.toThrow(rejected);
  const { find } = await visit({ auto_provision: true, email_verified_as_text: true }, claims);
  expect(await find()).toMatchObject({ user: { username: claims.email, email: claims.email }, isNew: true });
});

test('a new user needs an address that no one has, and a role that exists', async () => {
  const email = `new-${organizations + 1}@example.com`;
  const { number, find } = await visit({ auto_provision: true }, verified(email));
  const found = await find();
  expect(found).toMatchObject({ user: { username: email, log_ins: 1 }, isNew: true });
  await commit(stores.store, number, found.writes);
  expect(await find()).toMatchObject({ user: { id: found.user.id }, isNew: false, writes: [] });
  // The username is unique on the platform.
  const elsewhere = await visit({ auto_provision: true }, verified(email));
  const claiming = commit(stores.store, elsewhere.number, (await elsewhere.find()).writes);
  await expect(claiming).rejects.toThrow(rejected);
  const gone = await visit({ auto_provision: true, default_role: 'gone' }, verified(`x-${email}`));
  await expect(gone.find()).rejects.toThrow(rejected);
  const unverified = await visit({ auto_provision: true }, { email: `y-${email}`, email_verified: false });
  await expect(unverified.find()).rejects.toThrow(rejected);
});

test('an actor is the user', async () => {
  const { user } = await addUser(stores.store, 'acting', { organization: 7_000 });
  expect(actorOf(user, 'ses_1')).toEqual({ id: user.id, type: 'user', name: 'acting', credential: 'ses_1' });
});
