import { expect, test } from 'vitest';
import { successorsIn } from '#contract/consequences.ts';
import { commit } from '#dynamodb/commit.ts';
import { scheduleDue } from '#dynamodb/rows/due.ts';
import { reservationExpiryHandler } from '#functions/billing/reservations/handler.ts';
import { contracts } from '#functions/contracts.ts';
import { smsDeliveryHandler } from '#functions/messaging/sms-delivery/handler.ts';
import { voicemailUploadsHandler } from '#functions/messaging/voicemail-uploads/handler.ts';
import { fileUploadsHandler } from '#functions/platform/file-uploads/handler.ts';
import { webhookDeliveryHandler } from '#functions/platform/webhook-delivery/handler.ts';
import { notifierHandler } from '#functions/system/notifier/handler.ts';
import { rebootHandler } from '#functions/telephony/device-reboots/handler.ts';
import { memoryObjects } from '#test/support/objects.fixture.ts';
import { waitingPointers, workOff, type WorkingConsumer } from '#test/support/outage.fixture.ts';
import { memorySecrets } from '#test/support/secrets.fixture.ts';
import { sidecarWhere } from '#test/support/sidecar.fixture.ts';
import { eventsOf, testStore } from '#test/support/store.fixture.ts';

/**
 * Timers that end with their work, when what they work on is gone: after an outage over three turns they do nothing,
 * and schedule no further one. Nothing outside is asked: a consumer that would do so has no client here, and fails.
 */

const running = testStore();

type Timer = WorkingConsumer & { /** Of what is gone. */ readonly subject: string };

const reboots: Timer = {
  ...{ queue: 'device-reboots', subject: 'dev_gone' },
  consumerOf: (dependencies) => rebootHandler({ ...dependencies, sidecar: sidecarWhere({}) }),
};
const voicemail: Timer = {
  ...{ queue: 'uploads', subject: 'vm_gone' },
  consumerOf: (dependencies) => voicemailUploadsHandler({ ...dependencies, objects: memoryObjects() }),
};

/** By the kind of the pointer. */
const timers: Readonly<Record<string, Timer>> = {
  'device.reboot': reboots,
  'device.reboot_outcome': reboots,
  'file.purge': {
    ...{ queue: 'uploads', subject: 'file_gone/1' },
    consumerOf: (dependencies) => fileUploadsHandler({ ...dependencies, objects: memoryObjects() }),
  },
  'notices.held': { queue: 'notifier', subject: 'notices', consumerOf: notifierHandler },
  'reservation.expire': { queue: 'reservation-expiry', subject: 'call_gone', consumerOf: reservationExpiryHandler },
  'sms.due': { queue: 'sms-send', subject: 'sms_gone', consumerOf: smsDeliveryHandler },
  'voicemail.erasure': voicemail,
  'voicemail.review': voicemail,
  'webhook.retry': {
    ...{ queue: 'webhook-retry', subject: 'wh_gone/evt_gone/series/3' },
    consumerOf: (dependencies) => webhookDeliveryHandler({ ...dependencies, secrets: memorySecrets() }),
  },
};

const ending = [...successorsIn(contracts)].flatMap(([kind, missed]) => (missed === 'ends' ? [kind] : []));

test('each timer that ends with its work is tried here', () => {
  expect(Object.keys(timers).toSorted()).toEqual(ending.toSorted());
});

const turns = ['2028-02-27T12:00:00.000Z', '2028-02-28T12:00:00.000Z', '2028-02-29T12:00:00.000Z'];

test.each(
  Object.entries(timers).flatMap(([kind, timer], at) => [0, 0.05].map((killed) => ({ kind, timer, at, killed }))),
)(
  'the timer $kind ends after an outage of weeks when its work is gone, with kills at $killed of the requests',
  async ({ kind, timer: { subject, ...consumer }, at, killed }) => {
    const organization = 7_000 + 2 * at + Math.ceil(killed);
    const pointers = turns.map((turn) => scheduleDue({ kind, at: turn, org_id: organization, subject }));
    await commit(running.store, organization, pointers);
    await workOff(running.store, { ...consumer, from: Date.parse('2028-03-21T12:00:00.000Z'), minutes: 5, killed });
    expect((await waitingPointers(running.store)).filter(({ org_id }) => org_id === organization)).toEqual([]);
    expect(await eventsOf(running.store, organization)).toEqual([]);
  },
);
