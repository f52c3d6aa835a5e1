import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import type { SoftCall } from '#test/support/soft-call.fixture.ts';
import { needs } from '#test/support/tools.ts';
import { useExtensions } from '../calls.fixture.ts';
import { ToneListener } from '../heard-tones.fixture.ts';
import { newAccountOf } from '../peers/accounts.ts';
import { liveCalls, sharedTaskCloud, type TaskAddress, type SharedTaskCloud } from '../sidecar-tasks.fixture.ts';
import { converse, expectReport, refer } from '../softphones.fixture.ts';
import { newAdministeredTenant, outcome, texts, uniqueName, type AdministeredTenant } from '../tenant.fixture.ts';

/**
 * Codes for calls of others, which phones of another organization dial, and a phone of the same one without the right.
 * The other organization has the same extensions, in one group: a search by extension only would find the call.
 */

needs('rtpengine');

const everything = new AsyncDisposableStack();
let cloud: SharedTaskCloud;
let other: AdministeredTenant;
beforeAll(async () => {
  cloud = await sharedTaskCloud();
  other = await newAdministeredTenant('strangers', { cloud: cloud.cloud, operator: cloud.operator });
  await useExtensions(other);
});
afterAll(() => everything.disposeAsync());

type Person = { readonly user: string; readonly extension: string; readonly phone: ToneListener };

async function newPerson(tenant: AdministeredTenant, extension: string, task: TaskAddress): Promise<Person> {
  const made = await tenant.ask('PUT', '/users', { username: uniqueName('person'), extension });
  const { id: user = '' } = texts(made);
  const phone = everything.use(await ToneListener.of(await newAccountOf(tenant, { user, extension }), task));
  return { user, extension, phone };
}

async function join({ ask }: AdministeredTenant, ...people: readonly Person[]): Promise<void> {
  const group = texts(await ask('PUT', '/groups', { name: uniqueName('sales') }));
  const members = { user_ids: people.map(({ user }) => user) };
  expect(outcome(await ask('PUT', `/groups/${group['id']}/members`, members))).toBe('200');
}

/** Headers that each response to a call of its own has otherwise. */
const ofItsCall: ReadonlySet<string> = new Set(['via', 'from', 'to', 'call-id', 'cseq']);

/** The final response, with the headers that say anything. */
function finalOf({ failure }: SoftCall) {
  const fields = [...(failure?.headers ?? [])].filter(({ name }) => !ofItsCall.has(name.toLowerCase()));
  return failure && { ...failure, headers: fields.map(({ name, value }) => `${name}: ${value}`) };
}

/** What a phone hears of a code: the whole final response, and whether any media came. */
async function answerTo({ phone }: Person, code: string) {
  const before = phone.voice.heard.length;
  const call = phone.phone.call(code);
  await eventually(() => expect(call.isOver).toBe(true), 20_000);
  return { code, log: call.log, failure: finalOf(call), media: call.remote, heard: phone.voice.heard.length - before };
}

/** Answers one after the other: those to calls of one phone could meet each other. */
async function answersTo(person: Person, codes: readonly string[]) {
  const answers = [];
  for (const code of codes) answers.push(await answerTo(person, code));
  return answers;
}

test('who has no right hears the same whether or not there is a call, an extension or a parked party', async () => {
  const [here, there] = cloud.tasks;
  const { tenant } = cloud;
  const [caller, called, parker] = [
    await newPerson(tenant, '301', here),
    await newPerson(tenant, '302', here),
    await newPerson(tenant, '303', here),
  ];
  await join(tenant, caller, called, parker);
  const foreignCalled = await newPerson(other, '302', there);
  const foreign = [await newPerson(other, '304', here), await newPerson(other, '305', there)] as const;
  await join(other, foreignCalled, ...foreign);
  const unrightful = [await newPerson(tenant, '306', here), await newPerson(tenant, '307', there)] as const;

  const pickUps = ['*8', '**302', '**399', '**'];
  const ofForeign = [...pickUps, '*3302', '*3399', '*85701', '*85702', '*8'];
  const ofUnrightful = [...pickUps, '*3302', '*3399'];
  const ask = () =>
    Promise.all([
      ...foreign.map((person) => answersTo(person, ofForeign)),
      ...unrightful.map((person) => answersTo(person, ofUnrightful)),
    ]);
  const before = await ask();

  const parked = await converse(caller.phone.phone, parker.phone.phone, parker.extension);
  const { reports } = await refer(parked.callee, '*85701', { host: parker.phone.phone.domain });
  await expectReport(reports, 200);
  called.phone.phone.answers = 'ring';
  const ringing = parker.phone.phone.call(called.extension);
  const rung = await called.phone.phone.nextCall();
  await eventually(() => expect(ringing.log).toContain('180'), 20_000);
  const known = new Set((await liveCalls(cloud)).map(({ id }) => id));

  const during = await ask();
  expect(during).toEqual(before);
  const [of302, of399] = ['**302', '**399'].map((wanted) =>
    during.slice(foreign.length).map((answers) => answers.find(({ code }) => code === wanted)?.failure),
  );
  expect(of302).toEqual(of399);
  for (const answers of during) {
    const failures = Object.fromEntries(answers.map(({ code, failure }) => [code, failure]));
    expect(failures['*3302']).toEqual(failures['*3399']);
    expect(failures['*85701']).toEqual(failures['*85702']);
    expect(answers.every(({ media, heard }) => media === '' && heard === 0)).toBe(true);
  }
  // Nothing happened to the calls, and nothing new is at the phones.
  expect([rung.isOver, ringing.isOver, parked.caller.isUp]).toEqual([false, false, true]);
  expect(new Set((await liveCalls(cloud)).map(({ id }) => id))).toEqual(known);
  const came = [caller, called, parker, foreignCalled].map(({ phone }) => phone.phone.calls.length);
  expect(came).toEqual([0, 1, 1, 0]);

  // The codes work for those that have the right.
  const picked = caller.phone.phone.call('*8');
  parked.caller.hangUp();
  await eventually(() => expect([picked.isUp, ringing.isUp]).toEqual([true, true]), 20_000);
  picked.hangUp();
});

test('a phone of another organization that parks has no call to park', async () => {
  const [here] = cloud.tasks;
  const [one, two] = [await newPerson(cloud.tenant, '311', here), await newPerson(cloud.tenant, '312', here)];
  const stranger = await newPerson(other, '313', here);
  const { caller, callee } = await converse(one.phone.phone, two.phone.phone, two.extension);
  const parking = stranger.phone.phone.call('*85');
  await eventually(() => expect(parking.isOver).toBe(true), 30_000);
  expect([caller.isUp, callee.isUp]).toEqual([true, true]);
  caller.hangUp();
});
