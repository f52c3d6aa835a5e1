import { describe, expect, test } from 'vitest';
import { codeOf, failureOf } from '#test/support/errors.fixture.ts';
import { examples } from './examples.ts';
import { ReportBody, reportOf, type Report } from './report.ts';

const now = Date.parse('2026-11-20T12:00:00.000Z');
const report = (param1: string, param2 = 'update', body: object = {}): Report =>
  reportOf({ param1, param2 }, ReportBody.parse(body), now);

describe('the status of a report', () => {
  test.each([
    ['up', {}, 'healthy'],
    ['degraded', {}, 'degraded'],
    ['down', { status: 'down' }, 'down'],
    ['status', { status: 'healthy' }, 'healthy'],
  ])('in the path %s with the body %o is %s', (param1, body, status) => {
    expect(report(param1, 'update', body).status).toBe(status);
  });

  test('is required in the body if the path says `status`', () => {
    expect(failureOf(() => report('status'))).toBe('MISSING_FIELD status');
  });

  test('is the same in path and body', () => {
    expect(failureOf(() => report('up', 'update', { status: 'down' }))).toBe('INVALID_STATUS status');
  });

  test('is healthy, degraded or down', () => {
    expect(codeOf(() => report('unknown'))).toBe('INVALID_STATUS');
    expect(ReportBody.safeParse({ status: 'up' }).error?.issues[0]).toMatchObject({
      path: ['status'],
      params: { code: 'INVALID_STATUS' },
    });
  });
});

describe('the last part of the path', () => {
  test.each([
    ['update', now, null],
    ['0', now, 0],
    ['600000', now, 600_000],
    ['1795175990', Date.parse('2026-11-20T11:59:50.000Z'), null],
    ['1795175990123', Date.parse('2026-11-20T11:59:50.123Z'), null],
    ['2026-11-20T13:00:00+01:00', now, null],
  ])('%s is a time or a latency', (param2, at, latency) => {
    expect(report('up', param2)).toMatchObject({ at, response_time_ms: latency });
  });

  test.each(['600001', 'now', '12345678', '2026-11-20T12:00:00', ''])('cannot be "%s"', (param2) => {
    expect(failureOf(() => report('up', param2))).toBe('INVALID_PARAMETER param2');
  });

  test('is at most 60 s in the future and 24 h in the past', () => {
    const at = (milliseconds: number): string => new Date(now + milliseconds).toISOString();
    const day = 86_400_000;
    expect([60_000, 60_001, -day, -day - 1].map((offset) => failureOf(() => report('up', at(offset))))).toEqual([
      undefined,
      'INVALID_PARAMETER param2',
      undefined,
      'INVALID_PARAMETER param2',
    ]);
  });
});

describe('the values of a report', () => {
  test('of the example are accepted', () => {
    expect(ReportBody.safeParse(examples.reportGatewayStatus).success).toBe(true);
  });

  test('come from the top level, then from details, then from the path', () => {
    const details = { latency_ms: 20, packet_loss: 2, jitter_ms: 3, error_message: 'inner' };
    expect(report('up', '10', { response_time_ms: 30, details })).toMatchObject({
      response_time_ms: 30,
      packet_loss_percent: 2,
      error: 'inner',
      jitter_ms: 3,
    });
    expect(report('up', '10', { details }).response_time_ms).toBe(20);
    expect(report('up', '10').response_time_ms).toBe(10);
  });

  test.each([
    ['response_time_ms', 600_000, 600_001],
    ['packet_loss_percent', 100, 100.1],
    ['source', 'x'.repeat(64), 'x'.repeat(65)],
  ])('limit %s', (field, accepted, rejected) => {
    expect([accepted, rejected].map((value) => ReportBody.safeParse({ [field]: value }).success)).toEqual([
      true,
      false,
    ]);
  });
});
