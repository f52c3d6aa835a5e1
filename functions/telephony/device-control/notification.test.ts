import { describe, expect, test } from 'vitest';
import { newDevice } from '../devices/device.ts';
import { examples } from './examples.ts';
import { eventValue, Notification, Reboot, type NotifyEvent } from './notification.ts';

const deviceOf = (manufacturer: string) =>
  newDevice(
    { mac_address: '02:1A:2B:3C:4D:5E', manufacturer },
    { id: 'dev_1', kind: 'phone', now: '', kept: undefined, newUsername: () => 'a1' },
  );

test.each([
  ['Yealink', 'check-sync;reboot=false', 'check-sync;reboot=true'],
  ['Snom', 'check-sync;reboot=false', 'check-sync;reboot=true'],
  ['Polycom', 'check-sync', 'check-sync'],
  ['Cisco SPA', 'resync', 'reboot_now'],
  ['Grandstream', 'check-sync', 'sys-control'],
  ['Acme', 'check-sync', 'check-sync;reboot=true'],
])('%s knows check-sync as %s and reboot as %s', (manufacturer, checkSync, reboot) => {
  const value = (event: NotifyEvent): string => eventValue(deviceOf(manufacturer), event);
  expect([value('check-sync'), value('reboot'), value('talk'), value('hold')]).toEqual([
    checkSync,
    reboot,
    'talk',
    'hold',
  ]);
});

describe('a notification', () => {
  const firstIssue = (body: object) => Notification.safeParse({ event: 'talk', ...body }).error?.issues[0];

  test('of the example is accepted', () => {
    expect(Notification.safeParse(examples.notifyDevice).success).toBe(true);
    expect(Notification.parse({ event: 'talk' }).timeout).toBe(22);
  });

  test('has a known event', () => {
    expect(firstIssue({ event: 'refer' })).toMatchObject({ path: ['event'], params: { code: 'INVALID_EVENT' } });
  });

  test('has a content type if it has a body', () => {
    expect(firstIssue({ body: 'text' })).toMatchObject({ path: ['content_type'] });
    expect([firstIssue({ body: '' }), firstIssue({ body: 'text', content_type: 'text/plain' })]).toEqual([
      undefined,
      undefined,
    ]);
  });

  test.each([
    ['content_type', 'text/plain; charset=utf-8', 'text/plain\r\nVia: x'],
    ['content_type', 'a/b', 'text'],
    ['timeout', 22, 23],
    ['timeout', 1, 0],
  ])('limits %s: %j is accepted and %j is not', (field, accepted, rejected) => {
    expect([firstIssue({ [field]: accepted }), firstIssue({ [field]: rejected })?.path]).toEqual([undefined, [field]]);
  });

  test('has a body of at most 4,096 bytes', () => {
    const withBody = (body: string) => firstIssue({ content_type: 'text/plain', body });
    expect([withBody('é'.repeat(2_048)), withBody('é'.repeat(2_049))?.path]).toEqual([undefined, ['body']]);
  });
});

test('a reboot is delayed by at most a day, and by default not at all', () => {
  expect(Reboot.parse({})).toEqual({ delay: 0, force: false });
  expect([86_400, 86_401, -1].map((delay) => Reboot.safeParse({ delay }).success)).toEqual([true, false, false]);
});
