import { describe, expect, test } from 'vitest';
import { testStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { notifierSettingsRow } from '#dynamodb/rows/notifier-settings.ts';
import { userRow } from '#dynamodb/rows/user.ts';
import { organizationRow } from '#dynamodb/rows/organization.ts';
import { tableFor } from '#dynamodb/table.ts';
import { overwrite, remove } from '#dynamodb/write.ts';
import { organizationOf, userOf } from '#test/support/people.fixture.ts';
import { organizationWith, ruleOf } from './notifier.fixture.ts';

const running = testStore();

const quietHours = { enabled: true, start: '22:00', end: '07:00', timezone: 'UTC' };

describe('an event that a rule selects', () => {
  test('is one notice, however often it comes', async () => {
    const { happen, deliver, sent, emails } = await organizationWith(running.store);
    const { id } = await happen();
    expect(await deliver(id, id)).toBe(0);
    expect(await sent()).toMatchObject([
      {
        cause: 'notice',
        published: false,
        data: {
          rule: { id: ruleOf().id, name: 'Missed calls' },
          event: { id, type: 'call.missed', entity: 'call/call_1' },
          text: 'You missed a call from +14155550100 at 2026-11-20 10:00 (UTC)',
          ...{ channels: ['email'], sms_to: [], email_to: ['ann@example.com'] },
        },
      },
    ]);
    expect(await emails()).toMatchObject([{ to: ['ann@example.com'], template: 'notifier_notice', cause: 'notice' }]);
  });

  test('is a notice of each rule by all channels; webhooks get it if that is one', async () => {
    const everyone = ['+14155551234', 'bob@example.com', 'ann@example.com'];
    const rules = [
      ruleOf(),
      ruleOf({ id: 'rule_2', trigger: 'call.*', channels: ['sms', 'email', 'webhook'], recipients: everyone }),
      ruleOf({ id: 'rule_3', enabled: false }),
      ruleOf({ id: 'rule_4', trigger: 'voicemail.new' }),
    ];
    const { happen, sent, emails } = await organizationWith(running.store, { rules });
    await happen();
    const notices = await sent();
    expect(notices.map(({ data, published }) => [data['rule'], published])).toEqual([
      [expect.objectContaining({ id: ruleOf().id }), false],
      [expect.objectContaining({ id: 'rule_2' }), undefined],
    ]);
    expect(notices[1]?.data).toMatchObject({
      sms_to: ['+14155551234'],
      email_to: ['bob@example.com', 'ann@example.com'],
    });
    expect((await emails()).map(({ to, cc }) => [to, cc])).toEqual([
      [['ann@example.com'], []],
      [['bob@example.com'], ['ann@example.com']],
    ]);
  });

  test('is none if a notice caused it, whatever the rule selects', async () => {
    const rules = [ruleOf({ trigger: '*' }), ruleOf({ id: 'rule_2', trigger: 'sms.*', channels: ['sms'] })];
    const { happen, sent } = await organizationWith(running.store, { rules });
    for (const type of ['sms.sent', 'email.queued', 'notifier.notice']) await happen({ type, cause: 'notice' });
    expect(await sent()).toHaveLength(1);
    await happen({ type: 'sms.sent' });
    expect((await sent()).filter(({ data }) => 'rule' in data)).toHaveLength(2);
  });

  test('that a client files is one only with notify', async () => {
    const { happen, sent } = await organizationWith(running.store, { rules: [ruleOf({ trigger: 'custom' })] });
    await happen({ type: 'door.opened', filed: { as: 'event' } });
    expect(await sent()).toEqual([]);
    await happen({ type: 'door.opened', filed: { as: 'event' }, notify: true });
    expect(await sent()).toHaveLength(1);
  });

  test('goes to whom it concerns if the rule names no one, else to the contact', async () => {
    const rules = [ruleOf({ recipients: [], channels: ['sms', 'email'], trigger: '*' })];
    const { organization, happen, sent } = await organizationWith(running.store, { rules });
    const person = (id: string, name: string, mobile: string) =>
      overwrite(userRow, userOf(id, { email: `${name}@example.com`, mobile }));
    await commit(running.store, organization, [
      person('usr_1', 'eve', '+14155550101'),
      person('usr_2', 'pat', '+14155550102'),
      overwrite(organizationRow, organizationOf(organization, { contacts: { admin_user_id: 'usr_2' } })),
    ]);
    await happen({ data: { user_id: 'usr_1' } });
    await happen({ data: {} });
    expect((await sent()).map(({ data }) => [data['email_to'], data['sms_to']])).toEqual([
      [['eve@example.com'], ['+14155550101']],
      [['pat@example.com'], ['+14155550102']],
    ]);
  });

  test('of an emergency call goes at once to the contact, not to the caller, also while suspended', async () => {
    const rules = [ruleOf({ recipients: [], channels: ['sms'], trigger: 'emergency_call' })];
    const preferences = { quiet_hours: quietHours, max_notifications_per_hour: 1 };
    const start = '2026-11-20T23:00:00.000Z';
    const { organization, happen, sent } = await organizationWith(running.store, { rules, preferences, start });
    const contacts = { admin_user_id: 'usr_2' };
    await commit(running.store, organization, [
      overwrite(userRow, userOf('usr_1', { mobile: '+14155550101' })),
      overwrite(userRow, userOf('usr_2', { mobile: '+14155550102' })),
      overwrite(organizationRow, organizationOf(organization, { contacts, status: 'suspended' })),
    ]);
    const emergency = { type: 'call.emergency', severity: 'critical', data: { user_id: 'usr_1' } } as const;
    await happen(emergency);
    await happen(emergency);
    expect((await sent()).map(({ data }) => data['sms_to'])).toEqual([['+14155550102'], ['+14155550102']]);
  });

  test('is none in an organization that is suspended, or has no rules any more', async () => {
    const { organization, happen, sent } = await organizationWith(running.store);
    await commit(running.store, organization, [
      overwrite(organizationRow, organizationOf(organization, { status: 'suspended' })),
    ]);
    await happen();
    await commit(running.store, organization, [
      overwrite(organizationRow, organizationOf(organization)),
      remove(notifierSettingsRow, {}),
    ]);
    await happen();
    expect(await sent()).toEqual([]);
  });
});

test('an event that fails does not hold up the others', async () => {
  const { client } = running.store;
  let spoiled = 'none yet';
  const send: typeof client.send = (command: object) =>
    command.constructor.name === 'TransactWriteItemsCommand' && JSON.stringify(command).includes(`decided/${spoiled}`)
      ? Promise.reject(new Error('item too large'))
      : client.send(command as never);
  const through = { ...running.store, client: { send } };
  const { newEvent, saveEvents, deliver, sent } = await organizationWith(running.store, { through });
  const events = [newEvent(), newEvent(), newEvent()];
  spoiled = events[1]?.id ?? '';
  await saveEvents(events);
  expect(await deliver(...events.map(({ id }) => id))).toBe(1);
  expect((await sent()).map(({ data }) => (data['event'] as { id: string }).id)).toEqual([
    events[0]?.id,
    events[2]?.id,
  ]);
});

describe('a digest', () => {
  test('has the notices beyond the limit of an hour, at its end', async () => {
    const { happen, sent, due, deliver, clock, state } = await organizationWith(running.store, {
      preferences: { max_notifications_per_hour: 2 },
    });
    for (let at = 0; at < 5; at += 1) await happen();
    expect([(await sent()).length, await sent('notifier.digest')]).toEqual([2, []]);
    expect(await due()).toEqual(['2026-11-20T11:00:00.000Z']);
    await deliver(null);
    expect(await sent('notifier.digest')).toEqual([]);
    clock.set(new Date('2026-11-20T11:00:00.000Z'));
    await deliver(null, null);
    await deliver(null);
    expect(await sent('notifier.digest')).toMatchObject([
      {
        cause: 'notice',
        data: {
          count: 3,
          rules: [{ id: ruleOf().id, name: 'Missed calls', count: 3 }],
          email_to: ['ann@example.com'],
          text: '3 notices were not sent one by one since 2026-11-20 10:00 (UTC): Missed calls 3',
        },
      },
    ]);
    expect(await state()).toMatchObject({ held: null });
  });

  test('is sent with the next event if the message of its time is lost', async () => {
    const { happen, sent, clock } = await organizationWith(running.store, {
      preferences: { max_notifications_per_hour: 1 },
    });
    await happen();
    await happen();
    clock.advance(3_700);
    await happen();
    expect([(await sent()).length, (await sent('notifier.digest')).length]).toEqual([2, 1]);
  });
});

describe('in quiet hours', () => {
  const start = '2026-11-20T23:00:00.000Z';

  test('a notice waits for their end; a critical one is sent', async () => {
    const { happen, sent, deliver, clock, due } = await organizationWith(running.store, {
      ...{ start, preferences: { quiet_hours: quietHours } },
    });
    const kept = await happen();
    const critical = await happen({ severity: 'critical' });
    const idsOf = async () => (await sent()).map(({ data }) => (data['event'] as { id: string }).id);
    expect(await idsOf()).toEqual([critical.id]);
    expect(await due()).toEqual(['2026-11-21T07:00:00.000Z']);
    clock.set(new Date('2026-11-21T07:00:00.000Z'));
    await deliver(null);
    expect(await idsOf()).toEqual([critical.id, kept.id]);
    expect(await sent('notifier.digest')).toEqual([]);
  });

  test('that were extended, a notice waits longer', async () => {
    const { organization, happen, sent, deliver, clock, due } = await organizationWith(running.store, {
      ...{ start, preferences: { quiet_hours: quietHours } },
    });
    await happen();
    const table = tableFor<'bespoke'>(running.store, organization);
    const settings = await table.get(notifierSettingsRow, {});
    if (settings === undefined) throw new Error('no settings');
    const longer = { max_notifications_per_hour: 10, quiet_hours: { ...quietHours, end: '09:00' } };
    await commit(running.store, organization, [
      overwrite(notifierSettingsRow, { ...settings, delivery_preferences: longer }),
    ]);
    clock.set(new Date('2026-11-21T07:00:00.000Z'));
    await deliver(null);
    expect(await sent()).toEqual([]);
    expect((await due()).toSorted()).toEqual(['2026-11-21T07:00:00.000Z', '2026-11-21T09:00:00.000Z']);
    clock.set(new Date('2026-11-21T09:00:00.000Z'));
    await deliver(null);
    expect(await sent()).toHaveLength(1);
  });

  test('that end while the organization is suspended, a notice waits until it is active again', async () => {
    const { organization, happen, sent, deliver, clock, due } = await organizationWith(running.store, {
      ...{ start, preferences: { quiet_hours: quietHours } },
    });
    await happen();
    const become = (status: 'active' | 'suspended') =>
      commit(running.store, organization, [overwrite(organizationRow, organizationOf(organization, { status }))]);
    await become('suspended');
    clock.set(new Date('2026-11-21T07:00:00.000Z'));
    await deliver(null);
    expect(await sent()).toEqual([]);
    expect((await due()).toSorted()).toEqual(['2026-11-21T07:00:00.000Z', '2026-11-21T08:00:00.000Z']);
    await become('active');
    clock.set(new Date('2026-11-21T08:00:00.000Z'));
    await deliver(null);
    expect(await sent()).toHaveLength(1);
  });

  test('a kept notice of a rule that is deleted is not sent', async () => {
    const { organization, happen, sent, deliver, clock } = await organizationWith(running.store, {
      ...{ start, preferences: { quiet_hours: quietHours } },
    });
    await happen();
    const table = tableFor<'bespoke'>(running.store, organization);
    const settings = await table.get(notifierSettingsRow, {});
    if (settings === undefined) throw new Error('no settings');
    await commit(running.store, organization, [
      overwrite(notifierSettingsRow, { ...settings, notification_rules: [] }),
    ]);
    clock.set(new Date('2026-11-21T07:00:00.000Z'));
    await deliver(null);
    expect([await sent(), await sent('notifier.digest')]).toEqual([[], []]);
  });
});
