import { beforeAll, expect, test } from 'vitest';
import { noon } from '#test/support/dependencies.fixture.ts';
import { functionsOf, type TestTenant } from '#test/support/functions.fixture.ts';
import { json, outcome, texts, uniqueName } from '#test/system/tenant.fixture.ts';
import { events } from '../../platform/events/contract.ts';
import { eventsHandler } from '../../platform/events/handler.ts';
import { schedules } from './contract.ts';
import { schedulesHandler } from './handler.ts';

const functions = functionsOf([schedules, schedulesHandler], [events, eventsHandler]);
let tenant: TestTenant;
let other: TestTenant;
beforeAll(async () => {
  [tenant, other] = [await functions.newTenant(), await functions.newTenant()];
});

const office = () => ({
  name: uniqueName('office'),
  time_zone: 'Europe/Berlin',
  weekly: [{ days: ['mo', 'tu', 'we', 'th', 'fr'], from: '09:00', to: '17:00' }],
  dates: [{ date: '2026-12-24', name: 'Christmas Eve', from: '09:00', to: '12:00' }],
});

const newSchedule = async (body: object = office()): Promise<string> =>
  texts(await tenant.ask('PUT', '/schedules/new', body))['id'] ?? '';

const stateAt = async (id: string, time: string): Promise<unknown> =>
  texts(await tenant.ask('GET', `/schedules/${id}/at?time=${time}`));

const putCalendar = (id: string, body: string, headers: Readonly<Record<string, string>> = {}) =>
  functions.api(`/schedules/${id}`, {
    method: 'PUT',
    token: tenant.token,
    headers: { ...json, 'content-type': 'text/calendar; charset=utf-8', ...headers },
    body,
  });

const nextYear = noon.getUTCFullYear() + 1;
const calendar = [
  ...['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//test//EN'],
  ...['BEGIN:VEVENT', 'UID:1', 'DTSTAMP:20260101T000000Z', 'DTSTART;VALUE=DATE:20001225', 'RRULE:FREQ=YEARLY'],
  ...['SUMMARY:Weihnachten \u2013 zu', 'END:VEVENT'],
  ...['BEGIN:VEVENT', 'UID:2', 'DTSTAMP:20260101T000000Z', 'DTSTART:20260101T100000Z', 'SUMMARY:Party', 'END:VEVENT'],
  'END:VCALENDAR',
].join('\r\n');

test('a schedule says whether it is open, and until when', async () => {
  const id = await newSchedule();
  expect(await stateAt(id, '2026-07-06T07:00:00Z')).toEqual({ state: 'open', until: '2026-07-06T15:00:00.000Z' });
  expect(await stateAt(id, '2026-12-24T12:00:00%2B01:00')).toEqual({
    state: 'closed',
    until: '2026-12-25T08:00:00.000Z',
  });
  expect(texts(await tenant.ask('GET', `/schedules/${id}/at`))['state']).toMatch(/^(?:open|closed)$/);
  await tenant.ask('PUT', `/schedules/${id}`, { ...office(), override: 'closed' });
  expect(await stateAt(id, '2026-07-06T07:00:00Z')).toEqual({ state: 'closed', until: null });
});

test('a schedule of another organization does not exist', async () => {
  const id = await newSchedule();
  expect([
    outcome(await other.ask('GET', `/schedules/${id}`)),
    outcome(await other.ask('GET', `/schedules/${id}/at`)),
    outcome(await other.ask('PUT', `/schedules/${id}`, office())),
    outcome(await other.ask('DELETE', `/schedules/${id}`)),
    outcome(await tenant.ask('GET', `/schedules/${id}`)),
  ]).toEqual(['404 NOT_FOUND', '404 NOT_FOUND', '404 NOT_FOUND', '404 NOT_FOUND', '200']);
});

test('an iCalendar file replaces the dates of a schedule, and nothing else', async () => {
  const body = office();
  const id = await newSchedule(body);
  const put = await putCalendar(id, calendar, { 'if-match': '"1"' });
  expect([put.status, put.headers.get('etag')]).toEqual([200, '"2"']);
  expect(put.body).toMatchObject({ warnings: ['1 of 2 events have a time of day and no effect'] });
  const saved = (await tenant.ask('GET', `/schedules/${id}`)).body as { readonly data: { readonly dates: unknown[] } };
  expect(saved.data).toMatchObject({ name: body.name, weekly: body.weekly });
  expect(saved.data.dates).toContainEqual({ date: `${nextYear}-12-25`, name: 'Weihnachten \u2013 zu', open: false });
  expect(saved.data.dates).not.toContainEqual(body.dates[0]);
  expect(await stateAt(id, `${nextYear}-12-25T12:00:00Z`)).toMatchObject({ state: 'holiday' });
  expect(outcome(await putCalendar(id, calendar, { 'if-match': '"1"' }))).toBe('409 VERSION_CONFLICT');
});

test('a calendar removes many dates only if the request names the version', async () => {
  const id = await newSchedule();
  const dates = Array.from({ length: 20 }, (_each, at) => ({
    ...{ date: `${nextYear}-01-${String(at + 1).padStart(2, '0')}`, name: 'Closed', open: false },
  }));
  const shown = texts(await tenant.ask('GET', `/schedules/${id}`));
  const { name = '', time_zone = '' } = shown;
  expect(outcome(await tenant.ask('PUT', `/schedules/${id}`, { name, time_zone, dates }))).toBe('200');
  expect(outcome(await putCalendar(id, calendar))).toBe('409 REMOVES_MANY');
  expect(outcome(await putCalendar(id, calendar, { 'if-match': '"1"' }))).toBe('409 VERSION_CONFLICT');
  expect(outcome(await putCalendar(id, calendar, { 'if-match': '"2"' }))).toBe('200');
});

test('a bad calendar changes nothing, and a new schedule is JSON', async () => {
  const id = await newSchedule();
  expect([
    outcome(await putCalendar(id, 'Closed at Christmas')),
    outcome(await putCalendar(id, `BEGIN:VCALENDAR\r\n${'BEGIN:VEVENT\r\n'.repeat(20_000)}`)),
    outcome(await putCalendar(id, 'x'.repeat(1024 * 1024 + 1))),
    outcome(await putCalendar('sched_none', calendar)),
    outcome(await putCalendar('new', calendar)),
    outcome(await putCalendar(id, '')),
  ]).toEqual([
    '422 INVALID_CALENDAR',
    '422 INVALID_CALENDAR',
    '413 BODY_TOO_LARGE',
    '404 NOT_FOUND',
    '415 UNSUPPORTED_MEDIA_TYPE',
    '400 MISSING_FIELD',
  ]);
  expect((await tenant.ask('GET', `/schedules/${id}`)).headers.get('etag')).toBe('"1"');
});

test.each([
  ['1999-12-31T23:59:59Z', '400 INVALID_PARAMETER'],
  ['2100-01-01T00:00:00Z', '400 INVALID_PARAMETER'],
  ['2026-01-12', '400 INVALID_PARAMETER'],
])('the state at %s is %s', async (time, expected) => {
  expect(outcome(await tenant.ask('GET', `/schedules/${await newSchedule()}/at?time=${time}`))).toBe(expected);
});

test.each([
  [{ weekly: [{ days: ['mo'], from: '9:00', to: '17:00' }] }, 'weekly[0].from'],
  [{ weekly: [{ days: ['mo'], from: '09:00', to: '09:00' }] }, 'weekly[0].to'],
  [{ dates: [{ date: '2026-12-25' }] }, 'dates[0]'],
  [{ time_zone: 'Mars/Olympus' }, 'time_zone'],
  [{ override: 'holiday' }, 'override'],
])('%j is rejected with the path of the field', async (more, path) => {
  const answer = await tenant.ask('PUT', '/schedules/new', { ...office(), ...more });
  expect(outcome(answer)).toBe('422 VALIDATION_FAILED');
  expect(answer.body).toMatchObject({ error: { details: [{ path }] } });
});

test('creation, change and deletion are events, and the name is free again', async () => {
  const body = office();
  const id = await newSchedule(body);
  expect(outcome(await tenant.ask('PUT', '/schedules/new', { ...body, name: body.name.toUpperCase() }))).toBe(
    '409 NAME_TAKEN',
  );
  expect(outcome(await putCalendar(id, calendar))).toBe('200');
  expect(outcome(await tenant.ask('DELETE', `/schedules/${id}`))).toBe('200');
  const { body: answer } = await tenant.ask('GET', `/events/org/${tenant.id}?type=schedule.*`);
  type Shown = { readonly type: string; readonly entity: { readonly id: string } };
  const { events } = (answer as { readonly data: { readonly events: readonly Shown[] } }).data;
  const types = events.filter(({ entity }) => JSON.stringify(entity).includes(id)).map(({ type }) => type);
  expect(types.toSorted()).toEqual(['schedule.created', 'schedule.deleted', 'schedule.updated']);
  expect(outcome(await tenant.ask('PUT', '/schedules/new', body))).toBe('201');
});
