import { expect, test } from 'vitest';
import { destinationOf, draftOf, flowSmsLimits, nestedValues, recipientProblem, smsIdOf } from './flow-sms.ts';

const organization = { org_id: 1_001, country: 'SE', status: 'active' as const, settings: {} };
const now = new Date('2026-11-25T10:30:00.500Z');

test('without settings messages go to the country of the organization', () => {
  expect(destinationOf('070-123 45 67', organization)).toEqual({ number: '+46701234567' });
  expect(destinationOf('+4915112345678', organization)).toHaveProperty('problem');
});

test('with flow_countries messages go to those only', () => {
  const settings = { sms: { flow_countries: ['DE'] as 'DE'[] } };
  expect(destinationOf('+4915112345678', { ...organization, settings })).toEqual({ number: '+4915112345678' });
  expect(destinationOf('+46701234567', { ...organization, settings })).toHaveProperty('problem');
});

test.each(['suspended', 'closed'] as const)('an organization that is %s sends none', (status) => {
  expect(destinationOf('+46701234567', { ...organization, status })).toEqual({
    problem: 'the organization is not active',
  });
});

test('who opted out gets none', () => {
  expect(recipientProblem('+46701234567', false, organization)).toBeUndefined();
  expect(recipientProblem('+46701234567', true, organization)).toMatch(/opted out/v);
});

test('a question and its repetition name the same message, and two questions do not', () => {
  const id = 'cmd_01M80A5RM4M05JEBT5G3PPB36N';
  expect(smsIdOf(id)).toBe(smsIdOf(id));
  expect(smsIdOf(id)).not.toBe(smsIdOf('cmd_01M80A5RM4M05JEBT5G3PPB36P'));
  expect(draftOf({ id, call_id: 'call_1', text: 'Hello' }, 'Acme', now)).toMatchObject({
    ...{ from: 'Acme', message: 'Hello', segments: 1, reference: 'call_1', validity_minutes: 60 },
  });
});

test('messages count in the hour that they are in, and the pause of a number is 10 minutes', () => {
  const secondsAt = (time: string) => Date.parse(`2026-11-25T${time}Z`) / 1_000;
  expect(flowSmsLimits(now)).toEqual({
    hour: { window: secondsAt('10:00:00') / 3_600, ends: secondsAt('11:00:00'), limit: 60 },
    pause: { from: secondsAt('10:30:00'), until: secondsAt('10:40:00') },
  });
});

test('variables of a call are values of a template, headers as paths', () => {
  expect(nestedValues({ caller: '201', 'header.x_order': '4711', ['__proto__.x']: '1' })).toEqual({
    ...{ caller: '201', header: { x_order: '4711' } },
    ['__proto__.x']: '1',
  });
});
