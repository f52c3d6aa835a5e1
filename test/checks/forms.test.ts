import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { formObjections, presentForms, rowsWithoutUpgrade, type Forms } from '#bin/forms.ts';

/** A form is read by a release before one writes it (.github/CONTRIBUTING.md, "Change a stored form"). */

const released = JSON.parse(readFileSync(new URL('../upgrade/forms.json', import.meta.url), 'utf8')) as Forms;
const present = await presentForms();

test('the last release reads every form that is written, and every form of it is read', () => {
  expect(formObjections(released, present)).toEqual([]);
});

test('a row with several forms upgrades the older ones', async () => {
  expect(present.rows['trunk']).toEqual({ written: 2, read: 2 });
  expect(await rowsWithoutUpgrade()).toEqual([]);
});

test('the lists have the rows, the queues and the messages of the platform', () => {
  for (const { rows, queues, sent } of [released, present]) {
    expect(Object.keys(rows).length).toBeGreaterThan(150);
    expect(Object.keys(queues).length).toBeGreaterThan(14);
    expect(sent).toContain('cdr.v1');
  }
});

describe('an objection is raised', () => {
  const objections = (changes: Partial<Forms>, before: Partial<Forms> = {}) =>
    formObjections({ ...released, ...before }, { ...present, ...changes });
  const trunk = (written: number, read: number) => ({ rows: { ...present.rows, trunk: { written, read } } });
  const sms = (...forms: readonly string[]) => ({
    queues: { ...present.queues, 'sms-send': Object.fromEntries(forms.map((form) => [form, ['id', 'org_id']])) },
  });
  const sending = (form: string) => ({ sent: [...present.sent, form] });

  test('if the next form of a row is written before a release reads it, and not if it is only read', () => {
    expect(objections(trunk(3, 3))).toEqual(['trunk: schema 3 is written, and the last release reads up to 2']);
    expect(objections(trunk(2, 3))).toEqual([]);
    expect(objections(trunk(3, 3), trunk(2, 3))).toEqual([]);
  });

  test('if what is written is not read, or what the last release writes', () => {
    expect(objections(trunk(3, 2))).toEqual(['trunk: schema 3 is written, and only 2 is read']);
    expect(objections(trunk(1, 1))).toEqual(['trunk: schema 2 of the last release is not read any more']);
  });

  test('if the next form of a message is sent before a release reads it, and not if it is only read', () => {
    const both = sms('sms.v1', 'sms.v2');
    expect(objections({ ...both, ...sending('sms.v2') })).toEqual([
      'sms-send: sms.v2 is sent, and the last release does not read it',
    ]);
    expect(objections(both)).toEqual([]);
    expect(objections({ ...both, ...sending('sms.v2') }, both)).toEqual([]);
  });

  test('if no consumer reads a message, or one of the last release', () => {
    expect(objections(sending('sms.v2'))).toEqual(['sms.v2 is sent, and no consumer reads it']);
    const renamed = { ...sms('sms.v2'), sent: present.sent.filter((form) => form !== 'sms.v1') };
    expect(objections(renamed)).toEqual(['sms-send: sms.v1 of the last release is not read any more']);
  });

  test('if a message requires a field that the last release need not send', () => {
    const demanding = { queues: { ...present.queues, 'sms-send': { 'sms.v1': ['id', 'org_id', 'priority'] } } };
    expect(objections(demanding)).toEqual(['sms-send: sms.v1 requires priority, which the last release need not send']);
  });
});
